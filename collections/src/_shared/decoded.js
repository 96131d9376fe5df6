/**
 * A percent-encoded text decoded, or as it is where the encoding is broken.
 * @param {string} text
 */
export function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
