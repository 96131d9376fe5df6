/** The value of a JSON text, or undefined when it is none. The parser's message is dropped: it quotes what it read. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
