/** The value of a JSON text, or undefined for any other text. The parser's message is dropped: it quotes the text. */
export function jsonOf(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
