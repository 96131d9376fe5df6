import type { Context, Middleware } from 'koa';
import { clientOf, field } from '../http/form';
import type { World } from '../world/world';

/**
 * While an app has two secrets, a client that authenticates with the older one is passed on with the newer: the OpenID
 * server knows one secret of a client.
 */
export function takeOlderSecret(world: World): Middleware {
  return async (ctx, next) => {
    const { clientId = '' } = clientOf(ctx);
    const { clientSecret, olderSecret } = world.apps.get(clientId) ?? {};
    if (clientSecret && olderSecret !== undefined) replaceSecret(ctx, clientId, olderSecret, clientSecret);
    await next();
  };
}

function replaceSecret(ctx: Context, clientId: string, older: string, newer: string): void {
  const basic = (secret: string): string => `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`;
  if (ctx.get('authorization') === basic(older)) ctx.req.headers.authorization = basic(newer);
  const { body } = ctx.request;
  if (field(ctx, 'client_secret') === older) Object.assign(Object(body) as object, { client_secret: newer });
}
