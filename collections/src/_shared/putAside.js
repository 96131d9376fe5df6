/**
 * Keeps a token set that was paid for where nothing uses it, until it has been judged or another takes its place.
 * @param {Record<string, any>} tokens
 * @param {string} tenantId the organisation that it was refused for, '' while that is not known
 */
export function putAside(tokens, tenantId) {
  pm.environment.set('pending_access_token', String(tokens.access_token ?? ''));
  pm.environment.set('pending_refresh_token', String(tokens.refresh_token || ''));
  pm.environment.set('pending_tenant_id', tenantId);
}
