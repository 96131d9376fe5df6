/**
 * What a JSON text says, or undefined when it is not JSON (an HTML page, half an answer).
 * @param {string | undefined} text
 * @returns {any}
 */
export function parsedJson(text) {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
