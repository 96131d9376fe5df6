import { looksRandom } from './secret-values';

const longestName = 60;

/**
 * A name out of the collection, fit to be printed: one line, no control characters, and nothing in it that looks like
 * a token, because people paste those anywhere.
 */
export function printable(name: string): string {
  const line = name.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  const clean = line.replaceAll(/[\w+/=.~-]{12,}/g, (run) => (looksRandom(run) ? '[hidden]' : run));
  const short = clean.length > longestName ? `${clean.slice(0, longestName - 1)}…` : clean;
  return short === '' ? '(no name)' : short;
}
