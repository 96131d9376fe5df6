/** No help is wider than this, however wide the window: longer lines are hard to read. */
const widest = 80;

/** How wide a help is on a terminal of so many columns; undefined: no terminal. */
export function helpWidth(columns: number | undefined): number {
  return Math.min(columns ?? widest, widest);
}

/**
 * A text in lines of at most `width` characters, its own line breaks kept. A command (a line that begins with `$ `, after its
 * indent) stays whole, for the clipboard; so does a word that is longer than a line.
 */
export function wrapped(text: string, width: number, indent = 0): string {
  return text
    .split('\n')
    .flatMap((line) => (/^\s*\$ /.test(line) ? [line] : wrapLine(line, width, ' '.repeat(indent))))
    .join('\n');
}

function wrapLine(line: string, width: number, indent: string): string[] {
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(' ').filter((one) => one !== '')) {
    if (current !== '' && indent.length + current.length + 1 + word.length > width) {
      lines.push(indent + current);
      current = word;
    } else current = current === '' ? word : `${current} ${word}`;
  }
  return [...lines, current === '' ? '' : indent + current];
}
