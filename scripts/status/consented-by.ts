import { knownOf, shownOf, type Environment } from '../environment/environment';
import { plainName } from '../environment/plain-name';
import { claimsOf } from '../environment/tenant';

/**
 * Who has consented, as a person knows them: the name and e-mail address that the access token has, else the id of the
 * Xero user; null while nobody has.
 */
export function consentedBy(environment: Environment): string | null {
  const claims = claimsOf(knownOf(environment, 'access_token'));
  const [name, email] = [firstOf(claims, 'name', 'preferred_username'), firstOf(claims, 'email')];
  const known = name === '' || name === email ? email : email === '' ? name : `${name} (${email})`;
  return known || plainName(shownOf(environment, 'authorised_user_id')) || firstOf(claims, 'xero_userid') || null;
}

function firstOf(claims: Readonly<Record<string, unknown>>, ...keys: readonly string[]): string {
  const found = keys.map((key) => claims[key]).find((value) => typeof value === 'string' && value !== '');
  return plainName(found);
}
