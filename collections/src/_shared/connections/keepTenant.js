import { isPlainId } from '../../../../scripts/environment/plain-name';
/** @import { Connection } from './connectionsIn' */

/**
 * Writes the organisation of a consent into the environment, and the user who gave the consent.
 * @param {Connection} connection
 * @param {Record<string, unknown>} claims of the access token
 */
export function keepTenant(connection, claims) {
  pm.environment.set('tenant_id', connection.tenantId);
  pm.environment.set('tenant_name', connection.tenantName);
  if (isPlainId(claims.xero_userid)) pm.environment.set('authorised_user_id', claims.xero_userid);
}
