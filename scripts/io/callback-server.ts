import { randomBytes } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
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
  const { port } = first.address() as AddressInfo; // it listens on TCP
  const second = await listen(handler, '::1', port).catch(() => undefined); // a machine without IPv6
  const servers = second === undefined ? [first] : [first, second];
  return { port, close: async () => void (await Promise.all(servers.map(close))) };
}

async function makeHandler({ path, finish }: CallbackServerOptions): Promise<http.RequestListener> {
  const [{ default: Koa }, { default: rateLimit }] = await Promise.all([import('koa'), import('koa-ratelimit')]);
  const app = new Koa();
  app.silent = true; // Koa's own error log would hold the address, and so the code
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
    const nonce = randomBytes(16).toString('base64');
    ctx.set(callbackHeaders(nonce));
    if (ctx.path === '/health') return void (ctx.body = 'ok\n');
    const page = ctx.path !== path ? notHere : ctx.method !== 'GET' ? onlyGet : await finish(ctx.querystring);
    if (page === onlyGet) ctx.set('Allow', 'GET');
    ctx.status = page.status;
    ctx.type = 'html';
    ctx.body = renderCallbackPage(page, nonce);
  });
  return app.callback();
}

const notHere: CallbackPage = {
  status: 404,
  title: 'Nothing here',
  text: 'This address serves only people who come back from Xero.',
};
const onlyGet: CallbackPage = { ...notHere, status: 405 };

function listen(handler: http.RequestListener, host: string, port: number): Promise<http.Server> {
  const server = http.createServer({ maxHeaderSize: longestHeaderBytes, requestTimeout: oneMinuteMs }, handler);
  return new Promise((resolve, reject) => {
    server.once('listening', () => resolve(server));
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

function close(server: http.Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}
