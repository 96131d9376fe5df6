import http from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { Failure, invalid, systemCode } from '../errors';
import type { LiveCertificate } from './certificate';

export interface LoopbackServer {
  readonly port: number;
  /** Sends the answers in progress, then closes. */
  close(): Promise<void>;
}

/** The limit for all headers and the URL together; Xero's callback has about 200 bytes. */
const longestHeaderBytes = 16 * 1024;

/** A browser sends its request at once; a client that takes longer would only occupy a connection. */
const [headersMs, requestMs, checkEveryMs] = [10_000, 15_000, 1_000];

/** How much one server bears, and its certificate where it speaks TLS. */
export interface HttpLimits {
  readonly connections: number;
  /** The limit for connections with no request yet; one more closes the oldest of them. */
  readonly unasked: number;
  /** How many requests one connection may send; 0: any number. */
  readonly requestsEach: number;
  readonly tls?: LiveCertificate | undefined;
}

/** For browsers, which send one request. */
export const forBrowsers: HttpLimits = { connections: 1_024, unasked: 256, requestsEach: 1 };

/**
 * Serves HTTP on both loopback addresses, because a browser may use either for `localhost`. If another program had one of
 * them, it would receive our callbacks, so this fails unless both are free (a machine may have no IPv6). A slow client
 * delays no other. Without limits of their own, connections serve one request each.
 * @throws Failure `invalid` naming the address that is in use, or the port that this user may not use
 */
export async function serveLoopback(
  handler: http.RequestListener,
  port: number,
  limits = forBrowsers,
): Promise<LoopbackServer> {
  for (let triesLeft = port === 0 ? 10 : 1; ; triesLeft--) {
    try {
      return await serveBoth(handler, port, limits);
    } catch (error) {
      // A port that the system chose may be free on one address only.
      if (triesLeft === 1 || !(error instanceof Failure && error.code === 'port_in_use')) throw error;
    }
  }
}

async function serveBoth(handler: http.RequestListener, wanted: number, limits: HttpLimits): Promise<LoopbackServer> {
  const first = await listenOn(handler, '127.0.0.1', wanted, limits);
  const { port } = first.server.address() as AddressInfo; // it listens on TCP
  try {
    const second = await listenOn(handler, '::1', port, limits).catch(unlessNoIpv6);
    const servers = second === undefined ? [first] : [first, second];
    return { port, close: () => closeAll(servers) };
  } catch (error) {
    await first.close();
    throw error;
  }
}

async function closeAll(servers: readonly Listening[]): Promise<void> {
  await Promise.all(servers.map(({ close }) => close()));
}

/** Ignores that this machine has no IPv6 address: then no other program can listen there either. */
function unlessNoIpv6(error: unknown): undefined {
  if (!['EAFNOSUPPORT', 'EADDRNOTAVAIL'].includes(systemCode(error) ?? '')) throw error;
}

export interface Listening {
  readonly server: http.Server;
  close(): Promise<void>;
}

/** Serves HTTP on one address. @throws Failure `invalid` as {@link serveLoopback} */
export function listenOn(
  handler: http.RequestListener,
  host: string,
  port: number,
  limits: HttpLimits,
): Promise<Listening> {
  const { server, close } = boundedServer(handler, limits);
  return new Promise((resolve, reject) => {
    server.once('listening', () => resolve({ server, close }));
    server.once('error', (error) => reject(cannotListen(error, host, port)));
    server.listen(port, host);
  });
}

/** A server with limits of size, time and number, which does not listen yet. */
export function boundedServer(handler: http.RequestListener, limits: HttpLimits): Listening {
  const times = {
    maxHeaderSize: longestHeaderBytes,
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval: checkEveryMs,
  };
  const { tls, connections, requestsEach, unasked } = limits;
  const server = tls === undefined ? http.createServer(times, handler) : secureServer(tls, times, handler);
  server.maxConnections = connections;
  server.maxRequestsPerSocket = requestsEach;
  return { server, close: closerOf(server, unasked) };
}

function secureServer(tls: LiveCertificate, times: http.ServerOptions, handler: http.RequestListener): https.Server {
  const server = https.createServer(times, handler);
  tls.give((pem) => server.setSecureContext(pem));
  return server;
}

function cannotListen(error: Error, host: string, port: number): Error {
  const code = systemCode(error);
  const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  if (code === 'EADDRINUSE') {
    return invalid(
      'port_in_use',
      `${address} is taken by another program, which would be sent what is meant for this one`,
      `see whose it is: ss -ltnp sport = :${port} (lsof -i :${port}); stop it, or take another port`,
      error,
    );
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return invalid(
      'port_not_allowed',
      `this user may not listen on ${address}`,
      'take a port from 1024 on, and let a reverse proxy hand this one on to it',
      error,
    );
  }
  return error;
}

/** Closes a server and idle connections: browsers open some early and attackers many, and they must delay nothing. */
function closerOf(server: http.Server, mostUnasked: number): () => Promise<void> {
  const unasked = new Set<Socket>(); // the oldest first
  server.on('connection', (socket: Socket) => {
    unasked.add(socket);
    socket.once('close', () => unasked.delete(socket));
    const [oldest] = unasked;
    if (unasked.size > mostUnasked) oldest?.destroy();
  });
  server.on('request', ({ socket }: http.IncomingMessage) => unasked.delete(socket));
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeIdleConnections();
      for (const socket of unasked) socket.destroy();
    });
}
