/** Keeps the organisation of this consent, and who gave it. */
function keepTenant() {
  const refusal = apiRefusal(pm.response);
  pm.test('Xero answers with status 200', () => pm.expect(pm.response.code, refusal).to.equal(200));
  if (pm.response.code !== 200) return;
  const claims = jwtClaims(setting('access_token'));
  const connection = chooseConnection(parsedJson(pm.response.text()), claims);
  pm.test('an organisation is connected', () => {
    pm.expect(Boolean(connection), 'Xero lists none: the customer has to consent again').to.equal(true);
  });
  if (!connection) return;
  pm.environment.set('tenant_id', String(connection.tenantId));
  pm.environment.set('tenant_name', String(connection.tenantName ?? ''));
  if (claims.xero_userid) pm.environment.set('authorised_user_id', String(claims.xero_userid));
}

keepTenant();
