/**
 * Puts the organisation of a consent into the environment, and who gave the consent.
 * @param {Record<string, unknown>} connection
 * @param {Record<string, unknown>} claims of the access token
 */
function keepTenant(connection, claims) {
  pm.environment.set('tenant_id', String(connection.tenantId));
  pm.environment.set('tenant_name', String(connection.tenantName ?? ''));
  if (claims.xero_userid) pm.environment.set('authorised_user_id', String(claims.xero_userid));
}
