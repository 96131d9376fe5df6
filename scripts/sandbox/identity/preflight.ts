import type { Context, Middleware } from 'koa';
import type { App } from '../world/apps';
import { mayHaveScope } from '../world/apps';
import { isAtLimit } from '../world/limits';
import { broadScopes, knownScopes, splitScopes } from '../world/scopes';
import type { World } from '../world/world';
import { withParameters } from './callback-shape';
import { errorId } from './provider';

/** What Xero does with a consent link before anyone signs in. */
type Verdict =
  | { readonly kind: 'login' }
  | { readonly kind: 'error'; readonly error: string; readonly description: string }
  | { readonly kind: 'bounce'; readonly redirectUri: string };

/** Judges the parameters of a consent link. `rawQuery` is not decoded, because a `+` between scopes may be refused. */
function judgeLink(world: World, rawQuery: string): Verdict {
  const query = new URLSearchParams(rawQuery);
  const app = world.apps.get(query.get('client_id') ?? '');
  if (!app || app.appType === 'custom_connection')
    return refuse('unauthorized_client', 'Unknown client or client not enabled');
  const redirectUri = query.get('redirect_uri') ?? '';
  if (!app.redirectUris.includes(redirectUri)) return refuse('unauthorized_client', 'Invalid redirect_uri');
  if (query.get('response_type') !== 'code') return refuse('unsupported_response_type', 'Response type not supported');
  const limit = world.variants.limitShown === 'link' ? isAtLimit(world, app) : undefined;
  if (limit !== undefined) return refuse('unauthorized_client', limit);
  return judgeScopes(world, app, rawQuery, redirectUri) ?? judgeChallenge(app, query) ?? { kind: 'login' };
}

function judgeScopes(world: World, app: App, rawQuery: string, redirectUri: string): Verdict | undefined {
  const rawScope = /(?:^|&)scope=([^&]*)/.exec(rawQuery)?.[1] ?? '';
  if (world.variants.scopePlus === 'refuse' && rawScope.includes('+')) return refuse('invalid_scope', '');
  const scopes = splitScopes(new URLSearchParams(rawQuery).get('scope') ?? undefined);
  if (scopes.length === 0) return refuse('invalid_request', 'Missing scope');
  if (scopes.some((scope) => !knownScopes.has(scope))) return refuse('invalid_scope', '');
  if (scopes.every((scope) => scope === 'offline_access')) return refuse('invalid_scope', '');
  const isTwin = (scope: string): boolean => scopes.includes(`${scope}.read`);
  const hasWrong = scopes.some((scope) => app.wrongAppScopes.includes(scope));
  if (hasWrong || (world.variants.readTwin === 'refuse' && scopes.some(isTwin))) return { kind: 'bounce', redirectUri };
  const hasEnded = (scope: string): boolean => world.variants.broadScopes === 'ended' && broadScopes.includes(scope);
  if (scopes.some((scope) => hasEnded(scope) || !mayHaveScope(app, scope)))
    return refuse('unauthorized_client', 'Invalid scope for client');
  return undefined;
}

function judgeChallenge(app: App, query: URLSearchParams): Verdict | undefined {
  const challenge = query.get('code_challenge');
  if (challenge === null)
    return app.appType === 'pkce' ? refuse('invalid_request', 'Code challenge required') : undefined;
  if (!/^[A-Za-z0-9_-]{43}$/.test(challenge)) return refuse('invalid_request', 'Invalid code challenge');
  if (query.get('code_challenge_method') === 'S256') return undefined;
  return refuse('invalid_request', 'Transform algorithm not supported');
}

function refuse(error: string, description: string): Verdict {
  return { kind: 'error', error, description };
}

/**
 * Checks a consent link before the OpenID server sees it. A bad link leads to Xero's own error page, never to the app. A
 * scope that no consent can give leads back to the app with an error. A good link is passed to the OpenID server, which
 * redirects to the login page.
 */
export function preflight(world: World): Middleware {
  return async (ctx, next) => {
    const verdict = judgeLink(world, ctx.querystring);
    if (verdict.kind === 'error')
      return ctx.redirect(`/identity/error?errorId=${errorId(verdict.error, verdict.description)}`);
    if (verdict.kind === 'bounce') return bounce(ctx, verdict.redirectUri);
    askConsentAlways(ctx);
    await next();
    return undefined;
  };
}

function bounce(ctx: Context, redirectUri: string): void {
  const state = new URLSearchParams(ctx.querystring).get('state');
  const refusal = { error: 'access_denied', error_description: 'Requested wrong apps scopes' };
  ctx.redirect(withParameters(redirectUri, { ...refusal, state }));
}

// The OpenID server ignores offline_access unless the link says prompt=consent; Xero needs no such parameter.
function askConsentAlways(ctx: Context): void {
  const query = new URLSearchParams(ctx.querystring);
  for (const ignored of ['acr_values', 'login_hint', 'max_age', 'response_mode', 'resource']) query.delete(ignored);
  query.set('prompt', 'consent');
  ctx.querystring = query.toString();
}
