import { jsonOf } from '../../../../scripts/text/json';

/**
 * What an access token says about itself (RFC 7519 §4), unverified, since it comes straight from Xero; {} when it is opaque.
 * @param {string} token
 * @returns {Record<string, unknown>}
 */
export function jwtClaims(token) {
  const [, payload = ''] = token.split('.');
  const claims = /** @type {any} */ (jsonOf(Buffer.from(payload, 'base64').toString()));
  return claims && typeof claims === 'object' ? claims : {};
}
