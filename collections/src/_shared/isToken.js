/**
 * Whether a value can be a token (RFC 6749 appendix A.12): printable ASCII, no blanks, quotes, or braces, at most 16 KB.
 * @param {unknown} value
 */
export function isToken(value) {
  return typeof value === 'string' && /^[!#-&(-z|~]{1,16384}$/.test(value);
}
