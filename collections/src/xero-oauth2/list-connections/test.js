/** Keeps the organisation of this consent, and who gave it. */
function judgeConnections() {
  const refusal = pm.response.code === 200 ? '' : apiRefusal(pm.response);
  pm.test('Xero answers with status 200', () => pm.expect(pm.response.code, refusal).to.equal(200));
  if (refusal) return showRefusal(pm.response, refusal);
  const claims = jwtClaims(setting('access_token'));
  const connections = parsedJson(pm.response.text());
  const connection = chooseConnection(connections, claims);
  const none = 'Xero lists none: the customer has to consent again, so send a new Consent link';
  pm.test('an organisation is connected', () => pm.expect(Boolean(connection), none).to.equal(true));
  if (!connection) return showRefusal(pm.response, none);
  keepTenant(connection, claims);
  showConnections(connections, connection);
}

judgeConnections();
