/**
 * Tests whether the answer is a token set (RFC 6749 §5.1) and returns it, or shows why it is anything else.
 * @param {import('postman-collection').Response} response
 * @param {string} invalidGrant what that code means to this request
 */
function judgeTokens(response, invalidGrant) {
  const answer = parsedJson(response.text());
  const { access_token: accessToken, token_type: tokenType } = answer ?? {};
  const complete = typeof accessToken === 'string' && accessToken !== '' && /^bearer$/i.test(tokenType ?? 'Bearer');
  const good = response.code === 200 && complete;
  const refusal = good ? '' : tokenRefusal(response, invalidGrant);
  pm.test('Xero answers with status 200', () => pm.expect(response.code, refusal).to.equal(200));
  pm.test('the answer is a set of tokens', () => pm.expect(complete, refusal).to.equal(true));
  if (refusal) showRefusal(response, refusal);
  return good ? answer : undefined;
}
