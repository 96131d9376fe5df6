import { randomBytes } from 'node:crypto';
import type { RequestListener } from 'node:http';
import type { Context, Middleware } from 'koa';
import { serveLoopback, type LoopbackServer } from '../../network/loopback';
import { clientAddress, type TrustedProxies } from './client-address';
import { callbackHeaders, renderCallbackPage, type CallbackPage } from './page';
import { Tally } from './tally';

export interface CallbackServerOptions {
  readonly port: number;
  /** The one path that is served, beside `/health`. */
  readonly path: string;
  /** Whose X-Forwarded-For is believed; without it a client is whoever opened the connection. */
  readonly trusted?: TrustedProxies | undefined;
  /** Finishes a consent; takes the query as it came, and returns what the person is to see. It must not throw. */
  finish(query: string): Promise<CallbackPage>;
}

export type CallbackServer = LoopbackServer;

/** What anybody can make fail, without a link of ours. */
const strangersFailures = [400, 404, 405];
const mostFailuresPerMinute = 60;
const mostClientsKnown = 10_000;

/**
 * Serves the address that Xero sends people back to, on loopback only. GET on one path; what comes in is judged by
 * `finish` and never shown or logged. Only what fails is counted, by client and path: a state that verifies is never
 * refused for what others do, and neither is `/health`.
 * @throws Failure `invalid` when the port is taken
 */
export async function serveCallbacks(options: CallbackServerOptions): Promise<CallbackServer> {
  return serveLoopback(await makeHandler(options), options.port);
}

async function makeHandler({ path, trusted, finish }: CallbackServerOptions): Promise<RequestListener> {
  const { default: Koa } = await import('koa');
  const app = new Koa();
  app.silent = true; // Koa's own error log would hold the address, and so the code
  const failures = new Tally({ perMinute: mostFailuresPerMinute, keys: mostClientsKnown }, () => performance.now());
  app.use(dress);
  app.use(async (ctx) => {
    if (ctx.path === '/health') return answerHealth(ctx);
    const isHere = ctx.path === path;
    const page = isHere ? await answer(ctx, finish) : notHere;
    const isFailure = strangersFailures.includes(page.status);
    const key = `${isHere ? 'callback' : 'elsewhere'} ${clientAddress(ctx.req, trusted)}`;
    pages.set(ctx, isFailure && failures.isTooMany(key) ? tooMany : page);
  });
  const handle = app.callback();
  return (request, response) => void handle(request, response);
}

/** A scanner of mails asks with HEAD, and a browser ahead of the person: a code is good for one use, and not for theirs. */
async function answer(ctx: Context, finish: CallbackServerOptions['finish']): Promise<CallbackPage> {
  if (ctx.method !== 'GET') {
    ctx.set('Allow', 'GET');
    return onlyGet;
  }
  return isAhead(ctx) ? notAhead : finish(ctx.querystring);
}

/** Whether a browser fetches the page in case that somebody wants it (Fetch Standard, `Sec-Purpose`; older names). */
function isAhead(ctx: Context): boolean {
  const purposes = ['Sec-Purpose', 'Purpose', 'X-Purpose', 'X-Moz'].map((name) => ctx.get(name));
  return purposes.some((purpose) => /prefetch|prerender|preview/i.test(purpose));
}

function answerHealth(ctx: Context): void {
  if (ctx.method === 'GET' || ctx.method === 'HEAD') return void (ctx.body = 'ok\n');
  ctx.set('Allow', 'GET, HEAD');
  ctx.status = 405;
}

/** What a request is to be answered with. */
const pages = new WeakMap<Context, CallbackPage>();

/** Whatever the answer is, it has the page's headers. */
const dress: Middleware = async (ctx, next) => {
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
