import { heldName } from '../connections/heldName';
import { holdsLiveGrant } from './holdsLiveGrant';
import { failIf } from '../request/failIf';
import { putAside } from './putAside';
import { showRefusal } from '../pages/showRefusal';
/** @import { Connection } from '../connections/connectionsIn' */
/** @import { TokenSet } from '../../../../scripts/environment/tokens' */

/**
 * Refuses the tokens of a consent. The environment's own stay as they are; the new ones, for which a code was used, are put
 * aside.
 * @param {import('postman-collection').Response} response
 * @param {TokenSet} tokens
 * @param {Connection | undefined} connection
 * @param {string} fault
 */
export function refuseGrant(response, tokens, connection, fault) {
  putAside(tokens, connection?.tenantId ?? '');
  pm.test('the organisation is the one that this environment is for', () => failIf(fault));
  const kept =
    "The new tokens lie in pending_access_token and pending_refresh_token, where nothing uses them: don't copy them elsewhere.";
  const held = holdsLiveGrant() ? `The connection to ${heldName()} is as it was. ` : '';
  showRefusal(response, fault, held + kept);
}
