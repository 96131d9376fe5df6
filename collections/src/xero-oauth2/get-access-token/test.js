/** Keeps the access token and the organisation it names; a refusal changes nothing. */
function keepAccessToken() {
  const tokens = judgeTokens(pm.response, 'Xero refuses this custom connection: look at it at developer.xero.com');
  if (!tokens) return;
  storeTokens(tokens);
  const tenantId = jwtClaims(tokens.access_token).xero_tenant_id;
  if (tenantId) pm.environment.set('tenant_id', String(tenantId));
  showTokens(false, 'Send this again for the next one: a custom connection has no refresh token.');
}

keepAccessToken();
