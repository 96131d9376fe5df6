/** More typing errors than these make another word. */
const mostErrors = 3;
/** A word must share at least this part of its characters with the one that was meant. */
const leastAlike = 0.4;

/**
 * The candidates that may be meant by a mistyped word, those with the fewest typing errors alone, in alphabetical order. The
 * measure is commander's, which suggests commands and options by it.
 */
export function similarTo(word: string, candidates: readonly string[]): string[] {
  const near = candidates.flatMap((candidate) => {
    if (Math.abs(candidate.length - word.length) > mostErrors) return [];
    const errors = typingErrors(word, candidate);
    const longest = Math.max(word.length, candidate.length);
    return errors <= mostErrors && (longest - errors) / longest > leastAlike ? [{ candidate, errors }] : [];
  });
  const fewest = Math.min(...near.map(({ errors }) => errors));
  return near.flatMap(({ candidate, errors }) => (errors === fewest ? [candidate] : [])).sort();
}

/**
 * How many characters were left out, typed too much, mistaken or swapped with their neighbour: the distance of optimal string
 * alignment (Damerau 1964).
 */
function typingErrors(a: string, b: string): number {
  let [beforeLast, last]: number[][] = [[], Array.from({ length: b.length + 1 }, (_, at) => at)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const [left, above, diagonal] = [row[j - 1] ?? 0, last?.[j] ?? 0, last?.[j - 1] ?? 0];
      const isSwapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwapped ? (beforeLast?.[j - 2] ?? Infinity) + 1 : Infinity;
      row.push(Math.min(left + 1, above + 1, diagonal + Number(a[i - 1] !== b[j - 1]), swapped));
    }
    [beforeLast, last] = [last, row];
  }
  return last?.[b.length] ?? 0;
}
