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

/** Whether a run of characters is more likely a machine's than a person's: long, with letters and digits mixed. */
export function looksRandom(run: string): boolean {
  const words = run.split(/[^A-Za-z0-9]+/);
  const hasMixedWord = words.some((word) => word.length >= 12 && /\d/.test(word) && /[A-Za-z]/.test(word));
  const digits = run.replaceAll(/\D/g, '').length;
  const isLongMix = run.length >= 20 && digits >= 3 && /[A-Za-z]/.test(run);
  return (hasMixedWord || isLongMix) && new Set(run).size >= 8;
}
