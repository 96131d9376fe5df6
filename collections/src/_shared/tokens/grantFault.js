import { heldName } from '../connections/heldName';
import { holdsLiveGrant } from './holdsLiveGrant';
import { jwtClaims } from './jwtClaims';
import { nameIn } from '../link/nameIn';
import { setting } from '../request/setting';
/** @import { Connection } from '../connections/connectionsIn' */
/** @import { TokenSet } from '../../../../scripts/environment/tokens' */

/**
 * Why the tokens of a consent may not replace the environment's own, or '' when they may. A link works once; a working
 * connection keeps its organisation unless the link allows another; and the organisation must be that of expected_tenant,
 * if it is set. Tokens of the same user and organisation are always accepted.
 * @param {TokenSet} tokens
 * @param {Connection | undefined} connection
 * @param {{ isUsedUp: boolean, mayReplace: boolean }} link
 */
export function grantFault(tokens, connection, link) {
  const [heldId, expected] = [setting('tenant_id'), setting('expected_tenant')];
  if (!connection) {
    const isFree = !holdsLiveGrant() && !expected && !link.isUsedUp;
    return isFree ? '' : 'Xero did not say which organisation was chosen: send List connections, which asks again';
  }
  const [came, held] = [nameIn(connection), nameIn({ tenantName: heldName(), tenantId: heldId })];
  const again = 'send a new Consent link, and say which organisation to choose';
  if (expected && connection.tenantId !== expected) {
    return `the customer chose ${came}, and expected_tenant asks for another organisation: ${again}`;
  }
  const isSame = connection.tenantId === heldId;
  const user = String(jwtClaims(tokens.accessToken).xero_userid ?? '');
  if (link.isUsedUp && !(isSame && user === setting('authorised_user_id'))) {
    return `the link was used before, and brings ${came} this time: send a new Consent link if that is meant`;
  }
  if (isSame || !holdsLiveGrant()) return '';
  const replace = `${again}; to change the organisation, send Remove connection first`;
  if (!link.mayReplace) return `the customer chose ${came}, and this environment holds ${held}: ${replace}`;
  return tokens.refreshToken ? '' : `no refresh token came for ${came}: add offline_access to scopes, and ${again}`;
}
