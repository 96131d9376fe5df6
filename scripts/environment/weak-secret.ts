import { contractKeys } from './environment';

/**
 * Xero's client secrets have 48 random characters; if it is shorter than this, a state could be forged by guessing it.
 */
const shortestStrong = 16;

/** A secret with fewer different characters than this counts as a pattern. */
const fewestDifferent = 8;

/**
 * Why a client secret is weak: it can be guessed, or it is a word that occurs in other texts, where it cannot be
 * hidden. Undefined for a good secret and for a blank one. `names` are words that it must not be.
 */
export function weaknessOf(secret: string, names: readonly string[]): string | undefined {
  if (secret === '') return undefined;
  if (secret.length < shortestStrong) return `it has fewer than ${shortestStrong} characters`;
  if (new Set(secret).size < fewestDifferent) return 'it repeats a few characters';
  if (names.includes(secret) || secret in contractKeys) return 'it is a name that stands elsewhere, too';
  const isOneCase = secret === secret.toLowerCase() || secret === secret.toUpperCase();
  return isOneCase && !/\d/.test(secret) ? 'it looks like words' : undefined;
}
