import { randomBytes } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Context, Middleware } from 'koa';
import { invalid, systemCode } from '../errors';
import { callbackHeaders, renderCallbackPage, type CallbackPage } from './callback-page';

export interface CallbackServerOptions {
  readonly port: number;
  /** The one path that is served, beside `/health`. */
  readonly path: string;
  /** Finishes a consent; takes the query as it came, and returns what the person is to see. It must not throw. */
  finish(query: string): Promise<CallbackPage>;
}

export interface CallbackServer {
  readonly port: number;
  /** Lets the answers under way go out, then closes. */
  close(): Promise<void>;
}

/** Xero's callback has some 200 bytes; this is the most that all the headers and the address may have. */
const longestHeaderBytes = 16 * 1024;
const oneMinuteMs = 60_000;
const mostRequestsPerMinute = 120;

/**
 * Serves the address that Xero sends people back to, on loopback only: 127.0.0.1 and ::1, which are both `localhost` to
 * somebody. GET on one path; what comes in is judged by `finish` and never shown or logged.
 * @throws Failure `invalid` when the port is taken
 */
export async function serveCallbacks(options: CallbackServerOptions): Promise<CallbackServer> {
  const handler = await makeHandler(options);
  const first = await listen(handler, '127.0.0.1', options.port);
  const { port } = first.server.address() as AddressInfo; // it listens on TCP
  const second = await listen(handler, '::1', port).catch(() => undefined); // a machine without IPv6
  const servers = second === undefined ? [first] : [first, second];
  return { port, close: async () => void (await Promise.all(servers.map(({ close }) => close()))) };
}

async function makeHandler({ path, finish }: CallbackServerOptions): Promise<http.RequestListener> {
  const [{ default: Koa }, { default: rateLimit }] = await Promise.all([import('koa'), import('koa-ratelimit')]);
  const app = new Koa();
  app.silent = true; // Koa's own error log would hold the address, and so the code
  app.use(dress);
  app.use(
    rateLimit({
      driver: 'memory',
      db: new Map(),
      duration: oneMinuteMs,
      max: mostRequestsPerMinute,
      disableHeader: true,
    }),
  );
  app.use(async (ctx) => {
    if (ctx.path === '/health') return void (ctx.body = 'ok\n');
    const page = ctx.path !== path ? notHere : ctx.method !== 'GET' ? onlyGet : await finish(ctx.querystring);
    if (page === onlyGet) ctx.set('Allow', 'GET');
    pages.set(ctx, page);
  });
  return app.callback();
}

/** What a request is to be answered with. */
const pages = new WeakMap<Context, CallbackPage>();

/** Whatever the answer is, it has the page's headers; whoever asks too often gets a page too. */
const dress: Middleware = async (ctx, next) => {
  const nonce = randomBytes(16).toString('base64');
  ctx.set(callbackHeaders(nonce));
  await next();
  const page = ctx.status === tooMany.status ? tooMany : pages.get(ctx);
  if (page === undefined) return;
  ctx.status = page.status;
  ctx.type = 'html';
  ctx.body = renderCallbackPage(page, nonce);
};

const notHere: CallbackPage = {
  status: 404,
  title: 'Nothing here',
  text: 'This address serves only people who come back from Xero.',
};
const onlyGet: CallbackPage = { ...notHere, status: 405 };
const tooMany: CallbackPage = {
  status: 429,
  title: 'Not connected yet',
  text: 'Too many people come back at once. Please wait a minute, then load this page again.',
};

interface Listening {
  readonly server: http.Server;
  close(): Promise<void>;
}

function listen(handler: http.RequestListener, host: string, port: number): Promise<Listening> {
  const server = http.createServer({ maxHeaderSize: longestHeaderBytes, requestTimeout: oneMinuteMs }, handler);
  const close = closerOf(server);
  return new Promise((resolve, reject) => {
    server.once('listening', () => resolve({ server, close }));
    server.once('error', (error) => {
      const taken = invalid(
        'port_in_use',
        `port ${port} is in use`,
        'stop what listens there, or take another port',
        error,
      );
      reject(systemCode(error) === 'EADDRINUSE' ? taken : error);
    });
    server.listen(port, host);
  });
}

/** Browsers open connections ahead, and ask nothing on them: those would hold up the end for a minute. */
function closerOf(server: http.Server): () => Promise<void> {
  const unasked = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    unasked.add(socket);
    socket.once('close', () => unasked.delete(socket));
  });
  server.on('request', ({ socket }: http.IncomingMessage) => unasked.delete(socket));
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeIdleConnections();
      for (const socket of unasked) socket.destroy();
    });
}
