/**
 * HMAC-SHA256 (RFC 2104) of a text, which is taken as UTF-8.
 * @param {string | Uint8Array} key
 * @param {string} text
 */
export function hmacSha256(key, text) {
  // @ts-ignore TS2307: it comes with Postman's sandbox, and has no types
  const { HmacSHA256, enc } = require('crypto-js');
  const bytes = Buffer.from(/** @type {string} */ (key));
  return Buffer.from(HmacSHA256(text, enc.Hex.parse(bytes.toString('hex'))).toString(), 'hex');
}
