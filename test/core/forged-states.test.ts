import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkState } from '../../scripts/core/callback';
import { Failure } from '../../scripts/errors';
import { forgedStates, type ForgedState } from '../support/states';
import { settingsFor, webApp } from './environments';

const now = new Date('2026-11-22T10:00:00.000Z');
const secret = webApp['client_secret'] ?? '';

function refusalOf(state: string): string {
  try {
    checkState(state, settingsFor(webApp), now);
    return 'honoured';
  } catch (error) {
    if (error instanceof Failure) return error.code;
    throw error;
  }
}

test('10,000 forged, altered, expired and swapped states are all refused', () => {
  const seen = new Map<string, number>();
  const check = ({ wrong, state }: ForgedState): void => {
    expect(refusalOf(state)).toBe(wrong === 'expired' ? 'link_expired' : 'wrong_state');
    seen.set(wrong, (seen.get(wrong) ?? 0) + 1);
  };
  fc.assert(fc.property(forgedStates(secret, now), check), { numRuns: 10_000 });
  expect([...seen.keys()].sort()).toEqual(['altered', 'expired', 'forged', 'swapped']);
  expect([...seen.values()].reduce((sum, count) => sum + count)).toBe(10_000);
});
