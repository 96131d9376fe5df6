/**
 * Base64 as it may stand in a URL, without padding (RFC 4648 §5); a string is taken as UTF-8.
 * @param {string | Uint8Array} bytes
 */
export function base64url(bytes) {
  const base64 = Buffer.from(/** @type {string} */ (bytes)).toString('base64');
  return base64.replace(/=+$/, '').replace(/\+/g, '-').replace(/\//g, '_');
}
