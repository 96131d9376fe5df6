import type Shlex from 'shlex';

/**
 * A text as one word of a shell's command line, on a single line: unquoted if it is plain, otherwise in single quotes.
 * Control and invisible characters are written as escapes, which only bash and zsh read.
 */
export function shellQuoted(text: string): string {
  if (!/[\p{C}\p{Zl}\p{Zp}]/u.test(text)) return (require('shlex') as typeof Shlex).quote(text);
  const spelt = text.replaceAll(/[\\']/g, '\\$&').replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, speltOut);
  return `$'${spelt}'`;
}

function speltOut(character: string): string {
  return [...Buffer.from(character)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}
