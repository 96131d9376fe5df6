/**
 * Whether a value can be one of Xero's ids: it goes into the environment, headers and addresses as it is.
 * @param {unknown} value
 */
export function isPlainId(value) {
  return typeof value === 'string' && /^[\w.~-]{1,100}$/.test(value);
}
