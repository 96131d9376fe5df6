/**
 * The connection that this consent made. Xero lists everything the user ever connected to the app, so the access token
 * tells: the tenant it names, else the consent it comes from, else whichever is newest.
 * @param {unknown} connections the list from Xero
 * @param {Record<string, unknown>} claims of the access token
 * @returns {Record<string, unknown> | undefined}
 */
function chooseConnection(connections, claims) {
  const all = Array.isArray(connections) ? connections.filter((one) => one?.tenantId) : [];
  const ofTenant = all.filter((one) => one.tenantId === claims.xero_tenant_id);
  const ofConsent = all.filter((one) => one.authEventId && one.authEventId === claims.authentication_event_id);
  const candidates = [ofTenant, ofConsent, all].find((group) => group.length > 0) ?? [];
  const updatedAt = (/** @type {any} */ one) => Date.parse(one.updatedDateUtc) || 0;
  return candidates.sort((a, b) => updatedAt(b) - updatedAt(a))[0];
}
