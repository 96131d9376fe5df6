import type { Context, Middleware } from 'koa';
import { koaBody } from 'koa-body';

/** Reads form bodies before the OpenID server, which then uses what was read. */
export const readForm: Middleware = koaBody({ urlencoded: true, json: false, text: false, multipart: false });

/** Reads JSON bodies of the control API. A browser sends none to another origin without asking that origin first. */
export const readJson: Middleware = koaBody({ urlencoded: false, json: true, text: false, multipart: false });

/** One field of the form that came with the request. */
export function field(ctx: Context, name: string): string | undefined {
  const value = fields(ctx, name)[0];
  return value === undefined || value === '' ? undefined : value;
}

/** All values of a field that may come more than once. */
export function fields(ctx: Context, name: string): string[] {
  const body: unknown = ctx.request.body;
  if (typeof body !== 'object' || body === null) return [];
  const value: unknown = Reflect.get(body, name);
  return (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'string');
}

export type ClientAuth = 'basic' | 'body' | 'none';

/** How a request authenticates its client, and the client id that it gives. RFC 6749 §2.3.1. */
export function clientOf(ctx: Context): { clientAuth: ClientAuth; clientId: string | undefined } {
  const basic = /^basic\s+(\S+)$/i.exec(ctx.get('authorization'))?.[1];
  if (basic !== undefined) {
    const [clientId] = Buffer.from(basic, 'base64').toString().split(':');
    return { clientAuth: 'basic', clientId };
  }
  const clientAuth = field(ctx, 'client_secret') === undefined ? 'none' : 'body';
  return {
    clientAuth,
    clientId: field(ctx, 'client_id') ?? new URLSearchParams(ctx.querystring).get('client_id') ?? undefined,
  };
}
