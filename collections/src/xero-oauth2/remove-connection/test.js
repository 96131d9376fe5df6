/** Forgets the organisation when it is the one that was removed. */
function forgetTenant() {
  const advice = apiRefusal(pm.response);
  pm.test('Xero answers with status 204, or 404 when it was gone already', () => {
    pm.expect(pm.response.code, advice).to.be.oneOf([204, 404]);
  });
  if (![204, 404].includes(pm.response.code)) return;
  if (pm.variables.get('removed_tenant_id') !== setting('tenant_id')) return;
  pm.environment.set('tenant_id', '');
  pm.environment.set('tenant_name', '');
}

forgetTenant();
