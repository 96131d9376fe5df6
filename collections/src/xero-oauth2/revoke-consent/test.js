/** Forgets the tokens, which have ended at Xero (RFC 7009 §2.2). */
function forgetTokens() {
  const advice = tokenRefusal(pm.response, 'Xero does not know this refresh token');
  pm.test('Xero answers with status 200', () => pm.expect(pm.response.code, advice).to.equal(200));
  if (pm.response.code !== 200) return;
  const ended = [
    'access_token',
    'refresh_token',
    'access_token_expires_at',
    'refresh_token_expires_at',
    'refresh_started_at',
  ];
  for (const key of ended) pm.environment.set(key, '');
  pm.environment.set('grant_status', 'consent_needed');
}

forgetTokens();
