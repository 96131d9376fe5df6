import { jwtClaims } from './jwtClaims';
import { keepTenant } from '../connections/keepTenant';
import { putAside } from './putAside';
import { storeTokens } from './storeTokens';
/** @import { Connection } from '../connections/connectionsIn' */
/** @import { TokenSet } from '../../../../scripts/environment/tokens' */

/**
 * Makes the tokens of a consent the environment's, and its organisation; a link made before now is used up from here on.
 * Where the organisation is not known, none is held: it may be another than before.
 * @param {TokenSet} tokens
 * @param {Connection | undefined} connection none where it could not be looked up
 */
export function keepGrant(tokens, connection) {
  storeTokens(tokens);
  putAside(undefined, '');
  pm.environment.set('connected_at', new Date().toISOString());
  if (connection) keepTenant(connection, jwtClaims(tokens.accessToken));
  else for (const key of ['tenant_id', 'tenant_name', 'authorised_user_id']) pm.environment.set(key, '');
}
