import { createHash } from 'node:crypto';
import { invalid, quoted } from '../../errors';
import type { QaScenario } from './read-scenarios';

/**
 * The scenarios whose id and title one of the patterns fits, in any case; all of them without patterns.
 * @throws Failure `invalid` when there is none, or a pattern is no regular expression
 */
export function matchingScenarios(all: readonly QaScenario[], patterns: readonly string[]): QaScenario[] {
  if (patterns.length === 0) return [...all];
  const wanted = patterns.map(parsePattern);
  const chosen = all.filter(({ id, title }) => wanted.some((pattern) => pattern.test(`${id} ${title}`)));
  if (chosen.length > 0) return chosen;
  const message = `no scenario has ${patterns.map((pattern) => quoted(pattern)).join(' or ')} in its id or title`;
  throw invalid('no_scenario', message, 'see them all: npx evergrant qa --list');
}

function parsePattern(pattern: string): RegExp {
  try {
    return new RegExp(pattern, 'i');
  } catch (error) {
    const hint = 'put a \\ before each of ( ) [ ] { } + * ? that stands for itself';
    throw invalid('bad_pattern', `--grep: ${quoted(pattern)} is no regular expression`, hint, error);
  }
}

/**
 * The scenarios in the order that a seed gives, so that one that depends on another before it is soon found out.
 */
export function inSeededOrder(chosen: readonly QaScenario[], seed: string): QaScenario[] {
  const place = new Map(chosen.map(({ id }) => [id, seeded(seed, id)]));
  return chosen.toSorted((a, b) => (place.get(a.id) ?? '').localeCompare(place.get(b.id) ?? ''));
}

/** The random bytes that the scripts of a scenario are given, in hexadecimal. */
export function randomBytesFor(seed: string, id: string): string {
  return seeded(seed, `${id} random bytes`);
}

function seeded(seed: string, purpose: string): string {
  return createHash('sha512').update(`${seed} ${purpose}`).digest('hex');
}
