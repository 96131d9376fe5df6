/** Numbers from 0 to 1 that a seed repeats (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A seed for a run that was given none. */
export function anySeed(): number {
  return Math.floor(Math.random() * 1e9);
}

/** Some of the items, no more than about `most`: one of each stretch of equal length. */
export function pickEvenly<T>(items: readonly T[], most: number, random: () => number): T[] {
  const stretch = Math.max(1, items.length / most);
  const chosen = Array.from({ length: Math.floor(items.length / stretch) }, (_, index) =>
    Math.floor((index + random()) * stretch),
  );
  return chosen.flatMap((index) => items.slice(index, index + 1));
}
