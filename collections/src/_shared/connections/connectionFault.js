import { heldName } from './heldName';
import { nameIn } from '../link/nameIn';
import { setting } from '../request/setting';
/** @import { Connection } from './connectionsIn' */

/**
 * Why the connection that was found may not be this environment's, or '' when it may. Only a consent changes the
 * environment's organisation; a list with a newer connection doesn't.
 * @param {Connection[]} connections
 * @param {Connection | undefined} connection the one that was found
 */
export function connectionFault(connections, connection) {
  const none = 'Xero lists none: the customer has to consent again, so send a new Consent link';
  if (connections.length === 0) return none;
  const [held, expected] = [setting('tenant_id'), setting('expected_tenant')];
  const listed = connections.slice(0, 10).map((one) => `${nameIn(one)} (${one.tenantId})`);
  const there = `Xero lists ${listed.join(', ')}`;
  if (held && connection?.tenantId !== held) {
    const ours = nameIn({ tenantName: heldName(), tenantId: held });
    return `${ours} is not connected any more, ${there}: send a new Consent link and have ${ours} chosen`;
  }
  if (!connection)
    return `none of these is known to be this environment's, ${there}: copy the id of the right one into tenant_id and send this again`;
  if (!expected || connection.tenantId === expected) return '';
  return `the organisation is not that of expected_tenant, ${there}: send a new Consent link`;
}
