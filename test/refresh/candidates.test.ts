import { describe, expect, test } from 'vitest';
import type { Answer } from '../../scripts/refresh/token-answer';
import { refreshGrant } from '../../scripts/refresh/transaction';
import { jwt, type Rows } from '../support/environments';
import { memoryStored } from './support/memory-store';
import {
  after,
  connected,
  day,
  dead,
  granted,
  hour,
  lost,
  minute,
  outcomeOf,
  usual,
  world,
} from './support/refresh-world';

/** Generation n, as it was saved this long ago. */
function generation(n: number, agoMs: number, more: Rows = {}): Rows {
  const issuedAt = (Date.parse(after(0)) - agoMs) / 1000;
  const claims = { iat: issuedAt, authentication_event_id: 'consent-1', xero_userid: 'user-1' };
  return {
    ...connected,
    access_token: jwt({ ...claims, ...(more['claims'] === undefined ? {} : (JSON.parse(more['claims']) as object)) }),
    refresh_token: `refresh-${n}`,
    access_token_expires_at: after(30 * minute - agoMs),
    refresh_token_expires_at: after(60 * day - agoMs),
    generation: String(n),
    ...Object.fromEntries(Object.entries(more).filter(([key]) => key !== 'claims')),
  };
}

const [g1, g2, g3] = [generation(1, 5 * hour), generation(2, 4 * hour), generation(3, 2 * hour)];
const other = { claims: JSON.stringify({ authentication_event_id: 'consent-2' }) };
const stranger = { claims: JSON.stringify({ xero_userid: 'user-2' }) };

describe('before Xero is asked', () => {
  test.each<[string, Rows, Rows[], string]>([
    ['the newest kept set, where an older copy of the file was put back', g1, [g3, g2, g1], 'refresh-3'],
    ['the file, where it is the newest', g3, [g3, g2, g1], 'refresh-3'],
    ['the file, where the newer set is of another consent', g1, [generation(3, 2 * hour, other), g1], 'refresh-1'],
    ["the file, where the newer set is another user's", g1, [generation(3, 2 * hour, stranger), g1], 'refresh-1'],
    ["the file, where the newer set is another app's", g1, [{ ...g3, client_id: 'another' }, g1], 'refresh-1'],
    ['the file, where its token is younger than a set of a larger number', generation(1, hour), [g3], 'refresh-1'],
  ])('the token is %s', async (_, file, kept, token) => {
    const given = world(file, [granted]);
    given.disk.kept = kept;
    expect([await outcomeOf(given), given.asked]).toEqual(['refreshed', [`Refresh tokens: ${token}`]]);
  });

  test('a set that is still valid is adopted, and nothing is sent', async () => {
    const given = world(g1, []);
    given.disk.kept = [generation(3, minute)];
    expect([await outcomeOf(given), given.asked]).toEqual(['adopted', []]);
  });
});

describe('after a refusal, the refresh tries', () => {
  /** The file, what is kept, the answers, which tokens were sent, the outcome. */
  test.each<[string, Rows, Rows[], Answer[], number[], string]>([
    ['nothing, when no generation is kept', g3, [], [dead], [3], 'consent_needed invalid_grant'],
    ['no token that was used long ago', g3, [g3, g2, g1], [dead], [3], 'consent_needed invalid_grant'],
    [
      'the one before, where the file came less than 30 minutes ago',
      generation(3, 29 * minute),
      [generation(3, 29 * minute), g2, g1],
      [dead, granted],
      [3, 2],
      'refreshed',
    ],
    [
      'not the one before, where it came 30 minutes ago',
      generation(3, 31 * minute),
      [generation(3, 31 * minute), g2, g1],
      [dead],
      [3],
      'consent_needed invalid_grant',
    ],
    [
      'each once, the youngest first',
      generation(3, 5 * minute),
      [generation(3, 5 * minute), generation(2, 10 * minute), generation(1, 15 * minute)],
      [dead],
      [3, 2, 1],
      'consent_needed invalid_grant',
    ],
    [
      'an unspent one of which an older copy took the place',
      { ...g1, generation: '4' },
      [g3, g2, g1],
      [dead, granted],
      [1, 3],
      'refreshed',
    ],
    ['none of another consent', g3, [g3, generation(9, 2 * hour, other)], [dead], [3], 'consent_needed invalid_grant'],
    [
      'no further one after an answer was lost',
      generation(3, minute),
      [generation(2, 2 * minute), generation(1, 3 * minute)],
      [dead, lost],
      [3, 2],
      'temporary_failure not_answering',
    ],
  ])('%s', async (_, file, kept, answers, sent, outcome) => {
    const given = world(file, answers);
    given.disk.kept = kept;
    expect([await outcomeOf(given, { isForced: true }), given.asked]).toEqual([
      outcome,
      sent.map((n) => `Refresh tokens: refresh-${n}`),
    ]);
    const isOver = outcome.startsWith('consent_needed');
    expect(given.disk.rows['grant_status']).toBe(isOver ? 'consent_needed' : 'connected');
  });

  test('a token set beside the environment is the last resort', async () => {
    const given = world(g3, [dead]);
    const rescue = async (): Promise<boolean> => {
      given.disk.rows = { ...g3, refresh_token: 'refresh-9' };
      return Promise.resolve(true);
    };
    const { outcome } = await refreshGrant(memoryStored(given.disk), usual, { ...given.effects, rescue });
    expect([outcome, given.disk.rows['grant_status']]).toEqual(['adopted', 'connected']);
  });
});
