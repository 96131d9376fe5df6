/**
 * Whether secrets may be sent to a URL: it is https, or http on this computer, and contains no expression.
 * @param {string} url
 */
export function isSafeUrl(url) {
  return /^(https:\/\/[^\s/?#@\\{}]+|http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?)([/?#][^\s{}]*)?$/i.test(url);
}
