import { createHash, randomBytes } from 'node:crypto';
import type { Context, Middleware } from 'koa';
import type { OIDCContext } from 'oidc-provider';

/**
 * Gives redirects of the authorize endpoint the form of Xero's: status 302, and at the app's redirect URI `code`, `scope`,
 * `state` and `session_state`, but not the `iss` of RFC 9207.
 */
export const shapeCallback: Middleware = async (ctx, next) => {
  await next();
  if (ctx.status === 303) ctx.status = 302;
  const location = ctx.response.get('location');
  if (!URL.canParse(location)) return;
  const { searchParams: parameters } = new URL(location);
  if (parameters.get('iss') !== null) ctx.set('location', withParameters(location, shapeParameters(ctx, parameters)));
};

/** Removes from the discovery document the promise of the `iss` that `shapeCallback` removes. */
export const shapeDiscovery: Middleware = async (ctx, next) => {
  await next();
  ctx.body = { ...(ctx.body as object), authorization_response_iss_parameter_supported: false };
};

function shapeParameters(ctx: Context, parameters: URLSearchParams): Record<string, string | null> {
  const oidc = ctx['oidc'] as OIDCContext; // the OpenID server's own context, present wherever it answered
  const state = parameters.get('state');
  if (!parameters.has('code')) return { iss: null };
  const scope = oidc.entities.AuthorizationCode?.scope ?? '';
  return {
    iss: null,
    scope,
    state,
    session_state: sessionState(oidc.client?.clientId ?? '', new URL(ctx.href).origin),
  };
}

/** The address with these query parameters set, or removed where null; spaces as `%20`. */
export function withParameters(address: string, parameters: Record<string, string | null>): string {
  const target = new URL(address);
  for (const [name, value] of Object.entries(parameters)) {
    target.searchParams.delete(name);
    if (value !== null) target.searchParams.append(name, value);
  }
  target.search = target.searchParams.toString().replaceAll('+', '%20');
  return target.href;
}

function sessionState(clientId: string, origin: string): string {
  const salt = randomBytes(16).toString('hex').toUpperCase();
  const hash = createHash('sha256').update(`${clientId} ${origin} ${salt}`).digest('base64url');
  return `${hash}.${salt}`;
}
