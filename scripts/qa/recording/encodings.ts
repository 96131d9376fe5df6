import { percentDecoded } from '../../text/percent';

/** How a value stands in a text: percent-encoded, and once more inside the URL of another. */
export type Encoding = 'url' | 'url twice';

export function encodedAs(value: string, encoding: string | undefined): string {
  const once = encoding === undefined ? value : encodeURIComponent(value.toWellFormed());
  return encoding === 'url twice' ? encodeURIComponent(once) : once;
}

export function decodedFrom(text: string, encoding: Encoding): string {
  const once = percentDecoded(text);
  return encoding === 'url twice' ? percentDecoded(once) : once;
}
