/** Keeps the tokens; a refusal changes nothing. Then finds their organisation, which may fail without harm. */
function keepTokensOfExchange() {
  const tokens = judgeTokens(
    pm.response,
    'the code was used already, is older than 5 minutes, or redirect_uri has changed: send a new Consent link',
  );
  if (!tokens) return;
  storeTokens(tokens);
  pm.environment.set('callback_url', '');
  if (setting('app_type') === 'pkce') pm.environment.set('code_verifier', '');
  pm.test('a refresh token came along', () => {
    const advice = 'the connection ends in 30 minutes: add offline_access to scopes and send a new Consent link';
    pm.expect(Boolean(tokens.refresh_token), advice).to.equal(true);
  });
  lookUpConnection(tokens.access_token, (connection) => keepOrganisation(tokens, connection));
}

/**
 * @param {Record<string, any>} tokens
 * @param {Record<string, unknown> | undefined} connection
 */
function keepOrganisation(tokens, connection) {
  const [heldId, heldName] = [setting('tenant_id'), setting('tenant_name')];
  const replaced = connection && heldId && heldId !== connection.tenantId ? heldName || heldId : '';
  if (connection) {
    keepTenant(connection, jwtClaims(tokens.access_token));
    pm.test('the organisation is known', () => pm.expect(connection.tenantId).to.be.ok);
  } else {
    pm.test.skip('the organisation is not known yet: send List connections');
  }
  showConnected(tokens, connection, replaced);
}

keepTokensOfExchange();
