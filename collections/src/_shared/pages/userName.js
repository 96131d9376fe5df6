import { plainName } from '../../../../scripts/environment/plain-name';
import { jwtClaims } from '../tokens/jwtClaims';

/**
 * The name and e-mail address of whoever consented (OpenID Connect Core §5.1), as far as the scopes allow.
 * @param {unknown} idToken
 */
export function userName(idToken) {
  const who = jwtClaims(String(idToken ?? ''));
  const name = who.name ?? [who.given_name, who.family_name].filter(Boolean).join(' ');
  return [name, who.email ?? who.preferred_username]
    .map((part) => plainName(part))
    .filter(Boolean)
    .join(', ');
}
