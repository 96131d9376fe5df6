import { jsonOf } from '../../../../scripts/text/json';

/**
 * The claims of an access token (RFC 7519 §4), not verified, because it came directly from Xero; {} when it is no JWT.
 * @param {string} token
 * @returns {Record<string, unknown>}
 */
export function jwtClaims(token) {
  const [, payload = ''] = token.split('.');
  const claims = /** @type {any} */ (jsonOf(Buffer.from(payload, 'base64').toString()));
  return claims && typeof claims === 'object' ? claims : {};
}
