import { contractKeys } from './environment';

/** Xero's client secrets have 48 random characters; a state under a shorter one than this could be forged by guessing. */
const shortestStrong = 16;

/** Fewer different characters than this are a pattern. */
const fewestDifferent = 8;

/**
 * Why a client secret can be guessed, or is a word that stands in texts by chance, where no program can hide it; undefined
 * for a good one, and for none. `names` are words that it must not be.
 */
export function weaknessOf(secret: string, names: readonly string[]): string | undefined {
  if (secret === '') return undefined;
  if (secret.length < shortestStrong) return `it has fewer than ${shortestStrong} characters`;
  if (new Set(secret).size < fewestDifferent) return 'it repeats a few characters';
  if (names.includes(secret) || secret in contractKeys) return 'it is a name that stands elsewhere, too';
  const isOneCase = secret === secret.toLowerCase() || secret === secret.toUpperCase();
  return isOneCase && !/\d/.test(secret) ? 'it looks like words' : undefined;
}
