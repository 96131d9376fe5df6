import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { PersonChoice } from '../../scripts/sandbox/control/scripted-user';
import type { LogEntry } from '../../scripts/sandbox/http/request-log';
import type { AppType } from '../../scripts/sandbox/world/apps';
import type { VariantChanges, Variants } from '../../scripts/sandbox/world/variants';
import { buildFolder } from './build-folder';

export type { LogEntry, Variants };

export interface SandboxProcessOptions {
  readonly port?: number;
  readonly stateFile?: string;
  readonly variants?: VariantChanges;
}

export interface SandboxApp {
  readonly clientId: string;
  readonly clientSecret: string | null;
  readonly redirectUris: readonly string[];
}

export interface PostmanEnvironment {
  readonly name: string;
  readonly values: readonly { readonly key: string; readonly value: string }[];
}

/** The control API of a sandbox as functions. Each throws when the sandbox refuses. */
export interface SandboxControls {
  readonly url: string;
  readonly clock: (advance: string) => Promise<{ now: string; offsetSeconds: number }>;
  readonly fault: (order: Record<string, unknown>) => Promise<void>;
  readonly clearFaults: () => Promise<void>;
  readonly variants: (changes: VariantChanges) => Promise<Variants>;
  readonly event: (order: Record<string, unknown>) => Promise<Record<string, unknown>>;
  readonly requests: () => Promise<LogEntry[]>;
  readonly forgetRequests: () => Promise<void>;
  readonly inspect: (refreshToken: string) => Promise<'live' | 'grace' | 'dead' | 'unknown'>;
  readonly app: (order: Record<string, unknown> & { appType: AppType }) => Promise<SandboxApp>;
  readonly organisations: () => Promise<{ tenantId: string; name: string }[]>;
  readonly environment: (appType: AppType, name?: string, clientId?: string) => Promise<PostmanEnvironment>;
  readonly consent: (link: string, choice?: PersonChoice) => Promise<string>;
}

/** A sandbox in a process of its own. */
export interface SandboxProcess extends SandboxControls {
  /** All that the process has written so far, in both streams, after its first line. */
  readonly spoken: () => string;
  readonly stop: () => Promise<void>;
  readonly kill: () => Promise<void>;
}

/** Starts a sandbox as users do, because it moves the clock of the whole process it lives in. */
export async function startSandboxProcess(options: SandboxProcessOptions = {}): Promise<SandboxProcess> {
  const child = spawn(process.execPath, [path.join(buildFolder(), 'sandbox/main.js'), JSON.stringify(options)]);
  const said: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  const url = await firstLine(child, said);
  child.stdout.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  return { ...sandboxAt(url), spoken: () => said.join(''), ...endings(child) };
}

async function firstLine(child: ChildProcessWithoutNullStreams, said: string[]): Promise<string> {
  const lines = createInterface(child.stdout);
  const line = once(lines, 'line').then(([text]) => String(text));
  const died = once(child, 'exit').then(() => undefined);
  const text = await Promise.race([line, died]);
  lines.close();
  child.stdout.resume();
  if (text === undefined) throw new Error(`the sandbox did not start: ${said.join('')}`);
  return (JSON.parse(text) as { url: string }).url; // what main.ts prints
}

function endings(child: ChildProcessWithoutNullStreams): Pick<SandboxProcess, 'stop' | 'kill'> {
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const gone = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
    child.kill(signal);
    await gone;
  };
  return { stop: () => end('SIGTERM'), kill: () => end('SIGKILL') };
}

/** The controls of a sandbox that is running there. */
export function sandboxAt(url: string): SandboxControls {
  const ask = <T>(method: string, address: string, order?: object): Promise<T> =>
    askSandbox(url, method, address, order);
  return {
    url,
    clock: (advance) => ask('POST', 'clock', { advance }),
    fault: (order) => ask('POST', 'faults', order),
    clearFaults: () => ask('DELETE', 'faults'),
    variants: (changes) => ask('PUT', 'variants', changes),
    event: (order) => ask('POST', 'events', order),
    requests: () => ask('GET', 'requests'),
    forgetRequests: () => ask('DELETE', 'requests'),
    inspect: async (refreshToken) => (await ask<{ state: 'live' }>('POST', 'inspect', { refreshToken })).state,
    app: (order) => ask('POST', 'apps', order),
    organisations: () => ask('GET', 'organisations'),
    environment: (appType, name = 'sandbox', clientId) => {
      const query = new URLSearchParams({ name, ...(clientId ? { clientId } : {}) });
      return ask('GET', `environments/${appType}?${query.toString()}`);
    },
    consent: async (link, choice) =>
      (await ask<{ callbackUrl: string }>('POST', 'consent', { link, ...choice })).callbackUrl,
  };
}

async function askSandbox<T>(url: string, method: string, address: string, order?: object): Promise<T> {
  const headers = { connection: 'close' }; // one that is kept may end just when it is used again
  const request: RequestInit = { method, headers };
  if (order) {
    Object.assign(request, {
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(order),
    });
  }
  const response = await fetch(`${url}/sandbox/${address}`, request);
  const text = await response.text();
  if (!response.ok) throw new Error(`the sandbox refused ${method} ${address}: ${text}`);
  return JSON.parse(text) as T; // as the control API promises
}
