/**
 * A part of an advice as a sentence. A setting's name at its beginning keeps its spelling.
 * @param {string} text
 */
export function sentence(text) {
  return `${text.replace(/^[a-z](?![a-z]*_|copes\b)/, (letter) => letter.toUpperCase())}.`;
}
