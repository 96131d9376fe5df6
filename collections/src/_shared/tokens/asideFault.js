import { grantFault } from './grantFault';
import { setting } from '../request/setting';
/** @import { Connection } from '../connections/connectionsIn' */
/** @import { TokenSet } from '../../../../scripts/environment/tokens' */

/**
 * Why tokens that were put aside may not become the environment's, or '' when they may: their link is known no more, so that
 * only the person and organisation held will do, or where none is held, the organisation expected.
 * @param {TokenSet} tokens
 * @param {Connection | undefined} connection
 */
export function asideFault(tokens, connection) {
  const isFirst = !setting('tenant_id') && setting('expected_tenant') !== '';
  return grantFault(tokens, connection, { isUsedUp: !isFirst, mayReplace: false });
}
