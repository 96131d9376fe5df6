/**
 * Whether a text can be a code or a state (RFC 6749 appendix A.5 and A.11): printable ASCII, not long, and no braces,
 * which would make it an expression of Postman's.
 * @param {string} text
 */
export function isCode(text) {
  return /^[ -z|~]{1,2048}$/.test(text);
}
