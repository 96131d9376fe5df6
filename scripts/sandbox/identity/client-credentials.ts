import type { KoaContextWithOIDC } from 'oidc-provider';
import type { App } from '../world/apps';
import { knownScopes, splitScopes } from '../world/scopes';

/** The errors with which the OpenID server refuses. They are passed in because they come from an ES module. */
export interface Refusals {
  readonly UnauthorizedClient: new () => Error;
  readonly InvalidScope: new (description: string, scope: string) => Error;
}

export const scopeRefusal = 'Client credentials scope validation failed';

/**
 * The scopes of a client-credentials request whose client is already authenticated. A custom connection gets all of its
 * scopes, or those that it asks for. A web app gets only `app.connections`. Any other app is refused.
 */
function clientCredentialsScopes(app: App, asked: readonly string[], refuse: Refusals): readonly string[] {
  if (app.appType === 'web' && asked.length === 1 && asked[0] === 'app.connections') return asked;
  if (app.appType !== 'custom_connection') throw new refuse.UnauthorizedClient();
  const foreign = asked.find((scope) => !app.scopes.includes(scope));
  if (foreign !== undefined) throw new refuse.InvalidScope(scopeRefusal, foreign);
  return asked.length === 0 ? app.scopes : asked;
}

/** The scopes of the API that this request may have. Adds a custom connection's scopes to a request that names none. */
export function offeredScopes(ctx: KoaContextWithOIDC, app: App | undefined, refuse: Refusals): string {
  const { params } = ctx.oidc;
  if (params?.['grant_type'] !== 'client_credentials' || !app) return [...knownScopes].join(' ');
  const asked = typeof params['scope'] === 'string' ? splitScopes(params['scope']) : [];
  params['scope'] = clientCredentialsScopes(app, asked, refuse).join(' ');
  return params['scope'] as string; // set on the line above
}
