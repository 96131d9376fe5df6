import { has, knownOf, valueOf, type Environment } from './environment';
import { claimsOf } from './tenant';

/** The scopes in the access token's `scope` claim, as Xero writes it; null where the token has none that can be read. */
export function grantedScopes(environment: Environment): readonly string[] | null {
  const { scope } = claimsOf(knownOf(environment, 'access_token'));
  if (typeof scope === 'string') return scopesIn(scope);
  return Array.isArray(scope) ? scope.filter((one) => typeof one === 'string') : null;
}

/**
 * The scopes that are configured and were not granted: what a new consent would add. Null where nobody knows: without a
 * readable token, and for a custom connection, whose scopes are set in Xero's portal.
 */
export function missingScopes(environment: Environment, configured: string): readonly string[] | null {
  const granted = grantedScopes(environment);
  if (granted === null || valueOf(environment, 'app_type') === 'custom_connection') return null;
  const hasRefreshToken = has(environment, 'refresh_token');
  const covered = new Set([...granted, ...granted.map((scope) => `${scope}.read`)]); // a scope allows reading, too
  return scopesIn(configured).filter(
    (scope) => !covered.has(scope) && !(scope === 'offline_access' && hasRefreshToken),
  );
}

/** The scopes of a text, each once. */
function scopesIn(text: string): string[] {
  return [...new Set(text.split(/\s+/).filter((scope) => scope !== ''))];
}
