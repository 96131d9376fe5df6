import { isPlainId, plainName } from '../../../../scripts/environment/plain-name';

/**
 * One organisation that a user has connected to the app. Its name and ids have no characters that could do harm.
 * @typedef {{ id: string, tenantId: string, tenantName: string, tenantType: string, authEventId: string, updatedDateUtc: string }} Connection
 */

/**
 * The connections in an answer of Xero's. Anything else in it is left out.
 * @param {unknown} answer
 * @returns {Connection[]}
 */
export function connectionsIn(answer) {
  const all = Array.isArray(answer) ? answer.filter((one) => isPlainId(one?.tenantId)) : [];
  return all.map((one) => ({
    id: isPlainId(one.id) ? one.id : '',
    tenantId: one.tenantId,
    tenantName: plainName(one.tenantName),
    tenantType: String(one.tenantType ?? ''),
    authEventId: String(one.authEventId ?? ''),
    updatedDateUtc: String(one.updatedDateUtc ?? ''),
  }));
}
