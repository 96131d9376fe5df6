import { judgeTokenResponse } from '../../../../scripts/refresh/token-response';
import { jsonOf } from '../../../../scripts/text/json';
import { failIf } from '../request/failIf';
import { showRefusal } from '../pages/showRefusal';
import { tokenRefusal } from './tokenRefusal';
/** @import { TokenSet } from '../../../../scripts/environment/tokens' */

/**
 * A token set, with what else the answer contains about the consent (OpenID Connect Core §3.1.3.3).
 * @typedef {TokenSet & { idToken?: unknown, scope?: unknown }} Tokens
 */

/**
 * Tests whether the answer is a token set and returns it; otherwise shows why it is not.
 * @param {import('postman-collection').Response} response
 * @param {string} invalidGrant what that code means to this request
 * @param {string} again until when it may be sent again
 * @returns {Tokens | undefined}
 */
export function judgeTokens(response, invalidGrant, again) {
  const body = response.text() ?? '';
  const judged = judgeTokenResponse(response.code, body);
  const isGranted = judged.kind === 'granted';
  const refusal = isGranted && response.code === 200 ? '' : tokenRefusal(judged, invalidGrant, again);
  pm.test('Xero answers with status 200', () => failIf(response.code === 200 ? '' : refusal));
  if (response.code === 200) pm.test('the answer is a set of tokens', () => failIf(refusal));
  if (refusal) showRefusal(response, refusal);
  const { id_token: idToken, scope } = /** @type {any} */ (jsonOf(body)) ?? {};
  return isGranted && !refusal ? { ...judged.tokens, idToken, scope } : undefined;
}
