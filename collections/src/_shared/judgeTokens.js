import { isToken } from './isToken';
import { parsedJson } from './parsedJson';
import { showRefusal } from './showRefusal';
import { tokenRefusal } from './tokenRefusal';

/**
 * Tests whether the answer is a token set (RFC 6749 §5.1) and returns it, or shows why it is anything else.
 * @param {import('postman-collection').Response} response
 * @param {string} invalidGrant what that code means to this request
 */
export function judgeTokens(response, invalidGrant) {
  const answer = parsedJson(response.text());
  const { access_token: accessToken, refresh_token: refreshToken, token_type: tokenType } = answer ?? {};
  const complete = typeof accessToken === 'string' && accessToken !== '' && /^bearer$/i.test(tokenType ?? 'Bearer');
  const good = response.code === 200 && complete;
  const plain = !good || (isToken(accessToken) && isToken(refreshToken || accessToken));
  const strange =
    'no token can hold what is in this answer, nothing of it is stored: send this again within 30 minutes, with a code a new Consent link';
  const refusal = good ? (plain ? '' : strange) : tokenRefusal(response, invalidGrant);
  pm.test('Xero answers with status 200', () => pm.expect(response.code, refusal).to.equal(200));
  pm.test('the answer is a set of tokens', () => pm.expect(complete && plain, refusal).to.equal(true));
  if (refusal) showRefusal(response, refusal);
  return refusal ? undefined : answer;
}
