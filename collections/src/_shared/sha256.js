/**
 * SHA-256 of a text, taken as UTF-8.
 * @param {string} text
 */
export function sha256(text) {
  // The parentheses keep the type checker from looking for its types.
  const { SHA256 } = /** @type {NodeRequire} */ (require)('crypto-js');
  return Buffer.from(SHA256(text).toString(), 'hex');
}
