pm.test('Xero answers with status 200', () => {
  pm.expect(pm.response.code, apiRefusal(pm.response)).to.equal(200);
});
pm.test('the answer names the organisation', () => {
  const name = parsedJson(pm.response.text())?.Organisations?.[0]?.Name;
  pm.expect(typeof name, apiRefusal(pm.response)).to.equal('string');
});
