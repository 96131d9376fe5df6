import { setTimeout as sleep } from 'node:timers/promises';
import type { Context, Middleware, Next } from 'koa';
import { clientOf, field } from '../http/form';
import { entryOf, type Outcome } from '../http/request-log';
import { takeFault, type Fault } from '../world/faults';

/** Plays the planned faults of one endpoint. */
export function playFaults(planned: Fault[], on: Fault['on']): Middleware {
  return async (ctx, next) => {
    const fault = takeFault(planned, { on, grantType: field(ctx, 'grant_type'), clientId: clientOf(ctx).clientId });
    if (!fault) {
      await next();
      return;
    }
    const entry = entryOf(ctx);
    if (entry) entry.fault = fault.fault;
    await play(fault, ctx, next);
  };
}

async function play(fault: Fault, ctx: Context, next: Next): Promise<void> {
  if (fault.fault === 'lost_before') return cut(ctx, 'lost');
  if (fault.fault === 'status') return answerStatus(ctx, fault);
  if (fault.fault === 'html') return answerHtml(ctx);
  if (fault.fault === 'redirect') return ctx.redirect(fault.location);
  if (fault.fault === 'no_form') ctx.request.body = {};
  await next();
  await spoil(fault, ctx);
}

/** Changes, delays or cuts the answer to a request that was processed. */
async function spoil(fault: Fault, ctx: Context): Promise<void> {
  switch (fault.fault) {
    case 'lost_after':
      return cut(ctx, 'lost');
    case 'half_body':
      return sendHalf(ctx, fault);
    case 'html_after':
      return answerHtml(ctx);
    case 'slow':
      return sleep(fault.delayMs);
    case 'no_refresh_token':
      ctx.body = { ...bodyOf(ctx), refresh_token: undefined };
      return;
    case 'too_big':
      ctx.body = { ...bodyOf(ctx), padding: ' '.repeat(1_100_000) };
      return;
    case 'wrong_date':
      return ctx.set('Date', new Date(Date.now() + fault.skewSeconds * 1000).toUTCString());
  }
}

function bodyOf(ctx: Context): object {
  return typeof ctx.body === 'object' && ctx.body !== null ? ctx.body : {};
}

function cut(ctx: Context, outcome: Outcome): void {
  const entry = entryOf(ctx);
  if (entry) entry.outcome = outcome;
  ctx.respond = false;
  ctx.req.socket.destroy();
}

function sendHalf(ctx: Context, { length }: Extract<Fault, { fault: 'half_body' }>): void {
  const entry = entryOf(ctx);
  if (entry) entry.outcome = 'half';
  const body = Buffer.from(typeof ctx.body === 'string' ? ctx.body : JSON.stringify(ctx.body ?? ''));
  ctx.respond = false;
  const framing = length === 'known' ? { 'Content-Length': body.length } : { Connection: 'close' };
  ctx.res.useChunkedEncodingByDefault = false;
  ctx.res.writeHead(ctx.status, { 'Content-Type': 'application/json; charset=utf-8', ...framing });
  ctx.res.write(body.subarray(0, Math.floor(body.length / 2)), () => ctx.req.socket.destroy());
}

function answerStatus(ctx: Context, fault: Extract<Fault, { fault: 'status' }>): void {
  ctx.status = fault.status;
  if (fault.retryAfter !== undefined) ctx.set('Retry-After', String(fault.retryAfter));
  if (fault.status === 429) ctx.set('X-Rate-Limit-Problem', fault.rateLimitProblem ?? 'minute');
  ctx.body = fault.body ?? '';
}

function answerHtml(ctx: Context): void {
  ctx.status = 200;
  ctx.type = 'text/html';
  ctx.body =
    '<!doctype html><html><head><title>Maintenance</title></head><body><h1>We are down for maintenance</h1></body></html>';
}
