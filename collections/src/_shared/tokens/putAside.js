/** @import { TokenSet } from '../../../../scripts/environment/tokens' */

/**
 * Keeps a token set in variables that no request uses, until it has been judged or another one replaces it.
 * @param {TokenSet | undefined} tokens undefined empties the variables
 * @param {string} tenantId the organisation for which it was refused; '' while that is not known
 */
export function putAside(tokens, tenantId) {
  pm.environment.set('pending_access_token', tokens?.accessToken ?? '');
  pm.environment.set('pending_refresh_token', tokens?.refreshToken ?? '');
  pm.environment.set('pending_tenant_id', tenantId);
}
