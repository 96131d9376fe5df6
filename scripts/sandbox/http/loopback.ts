import { randomUUID } from 'node:crypto';
import type { Middleware } from 'koa';

/** On every answer: the sandbox's own time, and a correlation id. Only for callers who know that this is loopback. */
export const commonHeaders: Middleware = async (ctx, next) => {
  ctx.set('Date', new Date().toUTCString());
  ctx.set('xero-correlation-id', randomUUID());
  if (isLoopback(ctx.host.replace(/:\d+$/, ''))) {
    await next();
    return;
  }
  ctx.status = 403;
  ctx.body = 'the sandbox answers on localhost only\n';
};

/** A name that a web page elsewhere cannot point at this machine (DNS rebinding). */
export function isLoopback(hostname: string): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}
