import { createHash } from 'node:crypto';
import { invalid, quoted } from '../../errors';
import type { QaScenario } from './read-scenarios';

/**
 * The scenarios whose id or title has a text, in the order that a seed gives: what needs another scenario before it
 * does not stay hidden for long.
 * @throws Failure `invalid` when there is none
 */
export function selectScenarios(all: readonly QaScenario[], grep: string, seed: string): QaScenario[] {
  const wanted = grep.toLowerCase();
  const chosen = all.filter(({ id, title }) => `${id} ${title}`.toLowerCase().includes(wanted));
  if (chosen.length === 0) {
    throw invalid(
      'no_scenario',
      `no scenario has ${quoted(grep)} in its id or title`,
      'see them all: npx evergrant qa --list',
    );
  }
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
