/**
 * An object like another, with some properties replaced, even those that can't be changed in the original.
 * @param {any} original
 * @param {Record<string, unknown>} replaced
 */
export function insteadOf(original, replaced) {
  return new Proxy({}, { get: (_, key) => replaced[String(key)] ?? original[key] });
}
