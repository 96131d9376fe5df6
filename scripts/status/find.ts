import { knownOf, shownOf, type Environment } from '../environment/environment';
import { claimsOf, heldName, heldTenantId } from '../environment/tenant';

/** An environment that was found, and what is known of its organisation. */
export interface Found {
  readonly environment: string;
  readonly tenantId: string | null;
  readonly tenantName: string | null;
}

/** The claims of an access token that say who has consented. */
const userClaims = ['xero_userid', 'email', 'preferred_username', 'name'];

/**
 * Whether a text is part of an environment's name or its organisation's, or is the whole id of its organisation or user,
 * or part of what the access token says of the user. Capitals make no difference.
 */
export function isAbout(environment: Environment, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  const claims = claimsOf(knownOf(environment, 'access_token'));
  const user = userClaims.flatMap((name) => (typeof claims[name] === 'string' ? [claims[name]] : []));
  const parts = [environment.name, environment.innerName, heldName(environment), ...user];
  const ids = [heldTenantId(environment) ?? '', shownOf(environment, 'authorised_user_id')];
  return parts.some((part) => part.toLowerCase().includes(wanted)) || ids.some((id) => id.toLowerCase() === wanted);
}

export function foundIn(environment: Environment): Found {
  const { name } = environment;
  return { environment: name, tenantId: heldTenantId(environment), tenantName: heldName(environment) || null };
}
