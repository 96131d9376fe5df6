import { randomBytes } from 'node:crypto';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Context, Middleware } from 'koa';
import type { LiveCertificate } from '../../network/certificate';
import { forBrowsers, listenOn, serveLoopback, type LoopbackServer } from '../../network/loopback';
import { clientAddress, type TrustedProxies } from './client-address';
import { callbackHeaders, renderCallbackPage, type CallbackPage } from './page';
import { Tally } from './tally';

export interface CallbackServerOptions {
  /** Where other machines reach it, and by which certificate; undefined: on loopback, in clear text. */
  readonly outside?: { readonly address: string; readonly tls: LiveCertificate } | undefined;
  readonly port: number;
  /** The only path that is served, beside `/health`. */
  readonly path: string;
  /** The proxies whose X-Forwarded-For is trusted. Undefined: a client's address is that of its connection. */
  readonly trusted?: TrustedProxies | undefined;
  /** Finishes a consent from the raw query and returns the page for the person. It must not throw. */
  finish(query: string): Promise<CallbackPage>;
}

export type CallbackServer = LoopbackServer;

/** The statuses of failures that anyone can cause, even with no link of ours. */
const anyonesFailures = [400, 404, 405];
const mostFailuresPerMinute = 60;
const mostClientsKnown = 10_000;

/**
 * Serves the redirect URI to which Xero sends people back, on loopback unless it speaks TLS. It takes GET on one path; `finish` judges
 * the query, which is never shown or logged. Only failures are counted, by client and path, so a valid state and
 * `/health` are never refused because of what others do.
 * @throws Failure `invalid` when the port is taken
 */
export async function serveCallbacks(options: CallbackServerOptions): Promise<CallbackServer> {
  const [handler, { outside, port }] = [await makeHandler(options), options];
  if (outside === undefined) return serveLoopback(handler, port);
  const { server, close } = await listenOn(handler, outside.address, port, { ...forBrowsers, tls: outside.tls });
  return { port: (server.address() as AddressInfo).port, close }; // it listens on TCP
}

async function makeHandler({ path, trusted, finish }: CallbackServerOptions): Promise<RequestListener> {
  const { default: Koa } = await import('koa');
  const app = new Koa();
  app.silent = true; // Koa's own error log would contain the URL, and so the code
  const failures = new Tally({ perMinute: mostFailuresPerMinute, keys: mostClientsKnown }, () => performance.now());
  app.use(withPage);
  app.use(async (ctx) => {
    if (ctx.path === '/health') return answerHealth(ctx);
    const isHere = ctx.path === path;
    const page = isHere ? await answer(ctx, finish) : notHere;
    const isFailure = anyonesFailures.includes(page.status);
    const key = `${isHere ? 'callback' : 'elsewhere'} ${clientAddress(ctx.req, trusted)}`;
    pages.set(ctx, isFailure && failures.isTooMany(key) ? tooMany : page);
  });
  const handle = app.callback();
  return (request, response) => void handle(request, response);
}

/** Refuses HEAD, which mail scanners send, and a browser's prefetching: neither may use up a code, which works once. */
async function answer(ctx: Context, finish: CallbackServerOptions['finish']): Promise<CallbackPage> {
  if (ctx.method !== 'GET') {
    ctx.set('Allow', 'GET');
    return onlyGet;
  }
  return isAhead(ctx) ? notAhead : finish(ctx.querystring);
}

/** Whether a browser prefetches the page (Fetch Standard, `Sec-Purpose`, and its older names). */
function isAhead(ctx: Context): boolean {
  const purposes = ['Sec-Purpose', 'Purpose', 'X-Purpose', 'X-Moz'].map((name) => ctx.get(name));
  return purposes.some((purpose) => /prefetch|prerender|preview/i.test(purpose));
}

function answerHealth(ctx: Context): void {
  if (ctx.method === 'GET' || ctx.method === 'HEAD') return void (ctx.body = 'ok\n');
  ctx.set('Allow', 'GET, HEAD');
  ctx.status = 405;
}

/** The page with which each request is answered. */
const pages = new WeakMap<Context, CallbackPage>();

/** Sends the page of a request. Every answer has the callback headers. */
const withPage: Middleware = async (ctx, next) => {
  const nonce = randomBytes(16).toString('base64');
  ctx.set(callbackHeaders(nonce));
  await next();
  const page = pages.get(ctx);
  if (page === undefined) return;
  if (page.retryAfterSeconds !== undefined) ctx.set('Retry-After', String(page.retryAfterSeconds));
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
const notAhead: CallbackPage = {
  status: 503,
  title: 'Not connected yet',
  text: 'Please load this page again.',
};
const tooMany: CallbackPage = {
  status: 429,
  title: 'Not connected yet',
  text: 'Too many people come back at once. Please wait a minute, then load this page again.',
  retryAfterSeconds: 60,
};
