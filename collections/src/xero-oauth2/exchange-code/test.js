/** Keeps the tokens; a refusal changes nothing. */
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
}

keepTokensOfExchange();
