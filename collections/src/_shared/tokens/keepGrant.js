import { jwtClaims } from './jwtClaims';
import { keepTenant } from '../connections/keepTenant';
import { putAside } from './putAside';
import { storeTokens } from './storeTokens';
/** @import { Connection } from '../connections/connectionsIn' */
/** @import { TokenSet } from '../../../../scripts/environment/tokens' */

/**
 * Writes the tokens of a consent and its organisation into the environment. Links made until now can't be used any more.
 * When the organisation is not known, the old one is removed, because the new tokens may be for another.
 * @param {TokenSet} tokens
 * @param {Connection | undefined} connection undefined when it could not be looked up
 */
export function keepGrant(tokens, connection) {
  storeTokens(tokens);
  putAside(undefined, '');
  pm.environment.set('connected_at', new Date().toISOString());
  if (connection) keepTenant(connection, jwtClaims(tokens.accessToken));
  else for (const key of ['tenant_id', 'tenant_name', 'authorised_user_id']) pm.environment.set(key, '');
}
