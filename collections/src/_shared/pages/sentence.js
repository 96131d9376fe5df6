/**
 * A part of an advice as a sentence; the name of a setting stays as it is written.
 * @param {string} text
 */
export function sentence(text) {
  return `${text.replace(/^[a-z](?![a-z]*_|copes\b)/, (letter) => letter.toUpperCase())}.`;
}
