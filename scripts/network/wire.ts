import http, { type ClientRequest } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { startLimit } from './limit';
import { proxyFor } from './proxy';
import { openTunnel } from './tunnel';
import { noteFacts, WireFailure } from './wire-failure';

/** The agents that send Newman's requests. */
export interface WireAgents {
  readonly http: http.Agent;
  readonly https: https.Agent;
}

const agents = new Map<number, WireAgents>();

/**
 * The agents for every request that Newman sends. They guarantee, whatever variables and options are set:
 * - a server's certificate is verified before a byte is sent;
 * - a request ends within `limitMs`, from the first look-up of a name to the last byte of the answer;
 * - a proxy is only asked for a tunnel, and never for one to this machine;
 * - an error carries the information whether anything was sent.
 */
export function wireAgents(limitMs: number): WireAgents {
  const known = agents.get(limitMs) ?? makeAgents(limitMs);
  agents.set(limitMs, known);
  return known;
}

function makeAgents(limitMs: number): WireAgents {
  const options = { keepAlive: true, rejectUnauthorized: true };
  return {
    http: prepared(new http.Agent(options), 'http:', limitMs),
    https: prepared(new https.Agent(options), 'https:', limitMs),
  };
}

/** Members of a Node.js agent that its types lack. `addRequest` receives each request. */
interface Inner {
  addRequest(request: ClientRequest, ...rest: unknown[]): void;
  /** Returns a socket, or passes one to `opened` later. */
  createConnection(options: Target, opened?: Opened): Duplex | undefined;
}

interface Target {
  readonly host: string;
  readonly port: number;
  readonly socket?: Duplex;
}

type Opened = (error: Error | null, socket?: Duplex) => void;

function prepared<A extends http.Agent>(agent: A, protocol: string, limitMs: number): A {
  const { addRequest, createConnection } = agent as unknown as Inner;
  const changed: Inner = {
    addRequest: (request, ...rest) => {
      watch(request, limitMs);
      addRequest.call(agent, request, ...rest);
    },
    createConnection: (options, opened = () => undefined) => {
      const proxy = proxyFor(urlOf(protocol, options), process.env);
      if (proxy === undefined) return createConnection.call(agent, options, opened);
      openTunnel(proxy, options.host, options.port, limitMs, (error, socket) => {
        if (error !== null || socket === undefined) opened(error);
        else opened(null, protocol === 'http:' ? socket : createConnection.call(agent, { ...options, socket }));
      });
      return undefined;
    },
  };
  Object.assign(agent, changed);
  return agent;
}

function urlOf(protocol: string, { host, port }: Target): URL {
  return new URL(`${protocol}//${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`);
}

/** Ends a request at its limit, or when its connection closes with no error event, and notes what an error means. */
function watch(request: ClientRequest, limitMs: number): void {
  let [isOpen, isSettled] = [false, false];
  const open = (): void => void (isOpen = true);
  // With no socket yet, a proxy is still being asked; that has the same limit and a clearer error.
  const stop = startLimit(limitMs, () => request.socket && request.destroy(new WireFailure('ETIMEDOUT')));
  request.once('socket', (socket: Socket) => {
    const opening = socket instanceof TLSSocket ? 'secureConnect' : 'connect';
    if (request.reusedSocket || (opening === 'connect' && !socket.connecting)) open();
    else socket.once(opening, open);
  });
  request.once('response', () => (isSettled = true));
  request.on('error', (error) => {
    isSettled = true;
    noteFacts(error, { sent: isOpen, isUntrusted: isUntrusted(request.socket) });
  });
  request.once('close', () => {
    stop();
    if (!isSettled) request.emit('error', new WireFailure('ECONNRESET'));
  });
}

function isUntrusted(socket: Socket | null): boolean {
  return socket instanceof TLSSocket && Boolean(socket.authorizationError);
}
