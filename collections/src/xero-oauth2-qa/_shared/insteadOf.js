/**
 * An object with some of its properties replaced; what may not be changed in the original may be here.
 * @param {any} original
 * @param {Record<string, unknown>} replaced
 */
export function insteadOf(original, replaced) {
  return new Proxy({}, { get: (_, key) => replaced[String(key)] ?? original[key] });
}
