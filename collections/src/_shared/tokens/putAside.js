/** @import { TokenSet } from '../../../../scripts/environment/tokens' */

/**
 * Keeps a token set that was paid for where nothing uses it, until it has been judged or another takes its place.
 * @param {TokenSet | undefined} tokens none to have nothing there any more
 * @param {string} tenantId the organisation that it was refused for, '' while that is not known
 */
export function putAside(tokens, tenantId) {
  pm.environment.set('pending_access_token', tokens?.accessToken ?? '');
  pm.environment.set('pending_refresh_token', tokens?.refreshToken ?? '');
  pm.environment.set('pending_tenant_id', tenantId);
}
