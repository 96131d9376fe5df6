/**
 * SHA-256 of a text, taken as UTF-8.
 * @param {string} text
 */
export function sha256(text) {
  // @ts-ignore TS2307: it comes with Postman's sandbox, and has no types
  const { SHA256 } = require('crypto-js');
  return Buffer.from(SHA256(text).toString(), 'hex');
}
