import type { KoaContextWithOIDC } from 'oidc-provider';
import type { App } from '../world/apps';
import { knownScopes, splitScopes } from '../world/scopes';

/** What the OpenID server throws to refuse; its constructors come from an ES module and so are passed in. */
export interface Refusals {
  readonly UnauthorizedClient: new () => Error;
  readonly InvalidScope: new (description: string, scope: string) => Error;
}

export const scopeRefusal = 'Client credentials scope validation failed';

/**
 * The scopes of a client-credentials request, which is authenticated by now. A custom connection sends no `scope` and
 * gets all of its own, or names some of them; a web app may have `app.connections` alone; nobody else may ask.
 */
function clientCredentialsScopes(app: App, asked: readonly string[], refuse: Refusals): readonly string[] {
  if (app.appType === 'web' && asked.length === 1 && asked[0] === 'app.connections') return asked;
  if (app.appType !== 'custom_connection') throw new refuse.UnauthorizedClient();
  const foreign = asked.find((scope) => !app.scopes.includes(scope));
  if (foreign !== undefined) throw new refuse.InvalidScope(scopeRefusal, foreign);
  return asked.length === 0 ? app.scopes : asked;
}

/** Which scopes the API offers to this request. Puts the connection's own scopes into a request that named none. */
export function offeredScopes(ctx: KoaContextWithOIDC, app: App | undefined, refuse: Refusals): string {
  const { params } = ctx.oidc;
  if (params?.['grant_type'] !== 'client_credentials' || !app) return [...knownScopes].join(' ');
  const asked = typeof params['scope'] === 'string' ? splitScopes(params['scope']) : [];
  params['scope'] = clientCredentialsScopes(app, asked, refuse).join(' ');
  return params['scope'] as string; // set on the line above
}
