/** @import { Connection } from './connectionsIn' */

/**
 * The connection that an access token is for, in Xero's list of everything that the user ever connected to the app. It is
 * that of the tenant or of the consent that the token names; else that of the organisation that the environment has. For a
 * token that names neither, in an environment that has none, it is the newest. An accountant's practice comes after any
 * organisation, because the accounting API doesn't know it.
 * @param {Connection[]} connections
 * @param {Record<string, unknown>} claims of the access token
 * @param {string} heldId the tenant that the environment holds, or ''
 */
export function chooseConnection(connections, claims, heldId) {
  const { xero_tenant_id: tenantId, authentication_event_id: event } = claims;
  if (tenantId) return connections.find((one) => one.tenantId === tenantId);
  const isHeld = (/** @type {Connection} */ one) => one.tenantId === heldId;
  const updatedAt = (/** @type {Connection} */ one) => Date.parse(one.updatedDateUtc) || 0;
  const isPractice = (/** @type {Connection} */ one) => /^practice$/i.test(one.tenantType);
  const newestFirst = [...connections].sort(
    (a, b) => Number(isPractice(a)) - Number(isPractice(b)) || updatedAt(b) - updatedAt(a),
  );
  const ofConsent = newestFirst.filter((one) => one.authEventId && one.authEventId === event);
  const found = ofConsent.find(isHeld) ?? ofConsent[0] ?? connections.find(isHeld);
  return found ?? (event || heldId ? undefined : newestFirst[0]);
}
