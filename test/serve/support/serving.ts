import http from 'node:http';
import path from 'node:path';
import type * as ClientModule from '../../../scripts/environment/client';
import type * as ClientFile from '../../../scripts/environment/files/shared/client-file';
import type { ClientRegistry } from '../../../scripts/environment/store';
import { built } from '../../proofs/support/built';
import { makeWorkplace, type Workplace } from '../../support/program';
import { lineOf, startProgram, type Running, type RunningOptions } from '../../support/running';
import type { XeroServer } from '../../support/servers/xero-server';

/** A running `serve` with environments of its own. */
export interface Serving {
  readonly place: Workplace;
  readonly running: Running;
  readonly socket: string;
  readonly url: string;
  /** Asks over the socket, unless a URL says otherwise. */
  ask(target: string, options?: AskOptions): Promise<Answer>;
  /** Asks the token endpoint, as a client does. */
  token(client: Client, fields?: Readonly<Record<string, string>>, options?: AskOptions): Promise<Answer>;
  /** Adds a client, as `client add` does, and returns its credentials. Without environments it may have all. */
  client(id: string, environments?: readonly string[] | null, livesMs?: number | null): Promise<Client>;
  stop(): Promise<void>;
}

export interface Client {
  readonly id: string;
  readonly secret: string;
}

interface AskOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** By TCP instead of the socket. */
  readonly isByTcp?: boolean;
  readonly agent?: http.Agent;
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
  /** Undefined where it is no JSON. */
  readonly json: Readonly<Record<string, unknown>> | undefined;
}

/** Puts environments in a place of its own, connected ones as they come, and starts `serve` there. */
export async function startServing(
  xero: XeroServer,
  environments: Readonly<Record<string, Readonly<Record<string, string>>>>,
  args: readonly string[] = ['--listen', '127.0.0.1:0'],
  options: RunningOptions = {},
): Promise<Serving> {
  const place = makeWorkplace();
  for (const [name, rows] of Object.entries(environments)) {
    place.write(name, xero.environment('web', name, { ...xero.connectedRows(), ...rows }));
  }
  return await serveIn(place, args, options);
}

/** Starts `serve` in a place that is there. */
export async function serveIn(
  place: Workplace,
  args: readonly string[] = ['--listen', '127.0.0.1:0'],
  options: RunningOptions = {},
  name = 's',
): Promise<Serving> {
  const socket = path.join(place.folder, name);
  const running = startProgram(place.folder, ['serve', '--socket', socket, ...args], options);
  const last = args.includes('--listen') ? /^listening: http/ : /^listening: \//;
  const line = await lineOf(running, last);
  if (line === '') throw new Error(`serve did not start: ${running.said()}`);
  const url = line.replace('listening: ', '');
  const ask = (target: string, asked: AskOptions = {}): Promise<Answer> => send(socket, url, target, asked);
  return {
    place,
    running,
    socket,
    url,
    ask,
    token: ({ id, secret }, fields = {}, asked = {}) =>
      ask('/oauth/token', {
        method: 'POST',
        body: new URLSearchParams({ grant_type: 'client_credentials', ...fields }).toString(),
        ...asked,
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          authorization: basic(id, secret),
          ...asked.headers,
        },
      }),
    client: async (id, environments = null, livesMs = null) => {
      const { newClientSecret, secretHash, withClient } = built<typeof ClientModule>('environment/client');
      const [secret, createdAt] = [newClientSecret(), new Date()];
      const expiresAt = livesMs === null ? null : new Date(createdAt.getTime() + livesMs);
      const secrets = [{ hash: secretHash(secret), createdAt, endsAt: null }];
      const added = { id, environments, createdAt, expiresAt, secrets };
      await clientsIn(place).change((clients) => withClient(clients, added), 10_000);
      return { id, secret };
    },
    stop: async () => {
      running.signal('SIGTERM');
      await running.ended;
    },
  };
}

/** The clients of a place. */
export function clientsIn({ folder }: Workplace): ClientRegistry {
  const { clientsInFolder } = built<typeof ClientFile>('environment/files/shared/client-file');
  return clientsInFolder(path.join(folder, 'environments'));
}

export function basic(id: string, secret: string): string {
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
}

function send(socket: string, url: string, target: string, options: AskOptions): Promise<Answer> {
  const { method = 'GET', headers = {}, body = '', isByTcp = false, agent } = options;
  const { hostname, port } = isByTcp ? new URL(url) : { hostname: '', port: '' };
  const place = isByTcp ? { host: hostname, port } : { socketPath: socket };
  const sized = body === '' ? headers : { 'content-length': String(Buffer.byteLength(body)), ...headers };
  return new Promise((resolve, reject) => {
    const request = http.request(
      { ...place, path: target, method, headers: sized, agent: agent ?? false },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: jsonIn(text) });
        });
        response.on('error', reject);
      },
    );
    request.on('error', reject).end(body);
  });
}

function jsonIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown>; // the tests look at what is in it
  } catch {
    return undefined;
  }
}
