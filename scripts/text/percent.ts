/** The percent-decoded text, or the text itself when it can't be decoded. */
export function percentDecoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
