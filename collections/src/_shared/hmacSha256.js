/**
 * HMAC-SHA256 (RFC 2104) of a text under a key, both taken as UTF-8.
 * @param {string} text
 * @param {string} key
 */
export function hmacSha256(text, key) {
  // The parentheses keep the type checker from looking for its types.
  const { HmacSHA256 } = /** @type {NodeRequire} */ (require)('crypto-js');
  return Buffer.from(HmacSHA256(text, key).toString(), 'hex');
}
