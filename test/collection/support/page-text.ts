/** What a person reads on a page, a line for each piece of text. */
export function textOf(html: string): string[] {
  return html
    .replaceAll(/<(style|script|title)[^>]*>[\s\S]*?<\/\1>|<!doctype html>/g, '')
    .replaceAll(/<[^>]*>/g, '\n')
    .replaceAll(/&(?:#x([0-9A-F]+)|amp|lt|gt|quot);/gi, (entity, hex: string | undefined) =>
      hex === undefined ? (named.get(entity) ?? entity) : String.fromCodePoint(Number.parseInt(hex, 16)),
    )
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

const named = new Map([
  ['&amp;', '&'],
  ['&lt;', '<'],
  ['&gt;', '>'],
  ['&quot;', '"'],
]);
