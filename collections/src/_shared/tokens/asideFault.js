import { grantFault } from './grantFault';
import { setting } from '../request/setting';
/** @import { Connection } from '../connections/connectionsIn' */
/** @import { TokenSet } from '../../../../scripts/environment/tokens' */

/**
 * Why tokens that were put aside may not become the environment's, or '' when they may. Their link is not known any more, so
 * they must be for the environment's user and organisation or, if it has none, for the expected organisation.
 * @param {TokenSet} tokens
 * @param {Connection | undefined} connection
 */
export function asideFault(tokens, connection) {
  const isFirst = !setting('tenant_id') && setting('expected_tenant') !== '';
  return grantFault(tokens, connection, { isUsedUp: !isFirst, mayReplace: false });
}
