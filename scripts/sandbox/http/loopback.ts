import { randomUUID } from 'node:crypto';
import type { Middleware } from 'koa';

/** Adds the sandbox's time and a correlation id to every answer. Refuses a request whose Host is not loopback. */
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

/** Whether a host name always means this machine, so that no web page can use it for DNS rebinding. */
export function isLoopback(hostname: string): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}
