import { describe, expect, test } from 'vitest';
import { Failure } from '../../scripts/errors';
import type { RefreshOptions } from '../../scripts/refresh/due';
import type { Answer } from '../../scripts/refresh/token-answer';
import { refreshGrant } from '../../scripts/refresh/transaction';
import { type Rows } from '../support/environments';
import { answer } from './support/fake-xero';
import { memoryStored, type Step } from './support/memory-store';
import {
  after,
  connected,
  refreshed,
  granted,
  dead,
  lost,
  unsent,
  busy,
  usual,
  marked,
  markedAgo,
  known,
  set,
  minute,
  hour,
  day,
  second,
  custom,
  world,
  outcomeOf,
  type World,
} from './support/refresh-world';

describe('a refresh', () => {
  /** The rows before, what Xero answers, the outcome, how often it was asked, and the rows changed. */
  test.each<[string, Rows, Answer[], string, number, Rows]>([
    ['of a grant that is due', connected, [granted], 'refreshed', 1, refreshed],
    ['of one that is not due', { ...connected, access_token_expires_at: after(hour) }, [], 'not_due', 0, {}],
    [
      'of an interrupted one that is not due',
      { ...connected, ...marked, access_token_expires_at: after(hour) },
      [granted],
      'refreshed',
      1,
      refreshed,
    ],
    [
      'of one interrupted over 30 minutes ago',
      { ...connected, ...markedAgo(hour) },
      [granted],
      'refreshed',
      1,
      refreshed,
    ],
    ['without a refresh token', { ...connected, refresh_token: '' }, [], 'consent_needed never_connected', 0, {}],
    ['of a grant that is known to be over', { ...connected, ...known }, [], 'consent_needed consent_needed', 0, {}],
    [
      'of a grant idle for 60 days',
      { ...connected, refresh_token_expires_at: after(-1) },
      [granted],
      'refreshed',
      1,
      refreshed,
    ],
    ['without a secret', { ...connected, client_secret: '' }, [], 'invalid missing_key', 0, {}],
    ['to a URL in clear', { ...connected, token_url: 'http://evil.example' }, [], 'invalid bad_url', 0, {}],
    ['of an app of no type', { ...connected, app_type: 'x' }, [], 'invalid bad_app_type', 0, {}],
    ['that is refused', connected, [dead], 'consent_needed invalid_grant', 1, known],
    [
      'that is refused after an interruption',
      { ...connected, ...marked },
      [dead],
      'consent_needed invalid_grant',
      1,
      { ...known, refresh_started_at: '' },
    ],
    [
      'that is refused in a 5xx',
      connected,
      [answer(500, { error: 'invalid_grant' })],
      'temporary_failure not_answering',
      1,
      marked,
    ],
    ['whose app is refused', connected, [answer(401, { error: 'invalid_client' })], 'refused invalid_client', 1, {}],
    [
      'whose app is refused after an interruption',
      { ...connected, ...markedAgo(minute) },
      [answer(400, { error: 'invalid_client' })],
      'refused invalid_client',
      1,
      {},
    ],
    ['that was never sent', connected, [unsent], 'temporary_failure not_answering', 1, {}],
    [
      'that was never sent after an interruption',
      { ...connected, ...markedAgo(minute) },
      [unsent],
      'temporary_failure not_answering',
      1,
      {},
    ],
    ['whose answer was lost', connected, [lost], 'temporary_failure not_answering', 1, marked],
    [
      'whose answer was lost again',
      { ...connected, ...markedAgo(minute) },
      [lost],
      'temporary_failure not_answering',
      1,
      {},
    ],
    ['answered by nothing at all', connected, [], 'temporary_failure not_answering', 1, marked],
    [
      'answered by half a token set',
      connected,
      [answer(200, '{"access_token":"a')],
      'temporary_failure not_answering',
      1,
      marked,
    ],
    ['answered by 503', connected, [busy], 'temporary_failure not_answering', 1, marked],
    ['answered by 429', connected, [answer(429, '')], 'temporary_failure not_answering', 1, {}],
    ['answered by a firewall', connected, [answer(403, '<html>')], 'temporary_failure not_answering', 1, marked],
    [
      'answered by a redirect',
      connected,
      [answer(307, '', { location: 'https://evil.example' })],
      'temporary_failure not_answering',
      1,
      marked,
    ],
    ['answered by 404', connected, [answer(404, '')], 'refused wrong_url', 1, marked],
    [
      "answered by a 404 of Xero's own host",
      { ...connected, token_url: 'https://identity.xero.com/connect/token' },
      [answer(404, '')],
      'temporary_failure not_answering',
      1,
      marked,
    ],
    [
      'answered with a token that would be an expression to Postman',
      connected,
      [answer(200, { ...set, refresh_token: '{{client_secret}}' })],
      'not_saved unusable_answer',
      1,
      marked,
    ],
  ])('%s has its outcome, requests and rows', async (_, before, answers, outcome, times, changes) => {
    const given = world(before, answers);
    expect(await outcomeOf(given)).toBe(outcome);
    expect(given.asked).toEqual(Array.from({ length: times }, () => 'Refresh tokens: refresh-1'));
    expect(given.disk.rows).toEqual({ ...before, ...changes });
  });

  test('takes a secret from the variables and does not write it into the file', async () => {
    const before = { ...connected, client_secret: '' };
    const given = world(before, [granted], {
      env: { XERO_CLIENT_SECRET: 'outer', EVERGRANT_HOSTS: 'login.example' },
    });
    expect(await outcomeOf(given)).toBe('refreshed');
    expect(given.disk.rows).toEqual({ ...refreshed, client_secret: '' });
  });

  test('that is forced asks although nothing is due', async () => {
    const given = world({ ...connected, access_token_expires_at: after(hour) }, [granted]);
    expect(await outcomeOf(given, { isForced: true })).toBe('refreshed');
    expect(given.disk.rows).toEqual(refreshed);
  });

  test('that is forced sends nothing for a grant that is known to be over', async () => {
    const given = world({ ...connected, ...known }, [granted]);
    expect(await outcomeOf(given, { isForced: true })).toBe('consent_needed consent_needed');
    expect(given.asked).toEqual([]);
  });

  test('fails busy while another process holds the environment', async () => {
    const given = world(connected, [granted]);
    given.disk.isLocked = true;
    const stored = memoryStored(given.disk);
    await expect(refreshGrant(stored, usual, given.effects)).rejects.toMatchObject({ kind: 'busy' });
    expect([given.asked, given.disk.rows]).toEqual([[], connected]);
  });
});

describe('an answer without a new refresh token', () => {
  const without = answer(200, { ...set, refresh_token: undefined });
  const held = { ...refreshed, refresh_token: 'refresh-1', refresh_token_expires_at: after(59 * day) };

  test.each<[string, Answer[], number, Rows]>([
    ['until it has one', [without, without, granted], 3, { ...refreshed, generation: '4' }],
    ['three times more at the most', [without], 4, { ...held, generation: '5' }],
    ['until an answer is lost, and the mark stays', [without, lost], 2, { ...held, ...marked }],
  ])('is saved, and asked for again %s', async (_, answers, times, rows) => {
    const given = world(connected, answers);
    expect(await outcomeOf(given)).toBe('refreshed');
    expect(given.asked).toEqual(Array.from({ length: times }, () => 'Refresh tokens: refresh-1'));
    const { access_token_expires_at, refresh_token_expires_at, ...others } = given.disk.rows;
    expect(others).toEqual({ ...rows, access_token_expires_at: undefined, refresh_token_expires_at: undefined });
    expect(given.slept.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(10 * second);
  });

  test('warns of the scope that it comes from', async () => {
    const given = world(connected, [without]);
    const { warning } = await refreshGrant(memoryStored(given.disk), usual, given.effects);
    expect(warning).toContain('offline_access');
  });
});

describe('the order of a refresh', () => {
  test('is lock, read again, prove the space, mark, send, save before any script, release', async () => {
    const given = world(connected, [granted]);
    await outcomeOf(given);
    expect(given.steps).toEqual([
      'look',
      'lock',
      'pick up',
      'read',
      'prepare refresh_started_at',
      'retry after',
      'ask',
      'keep',
      'scripts',
      'settle',
      'set retry after',
      'read',
      'release',
    ]);
  });

  test.each([
    ['succeeded', [granted]],
    ['was refused', [dead]],
  ])('frees the lock when what is logged of it cannot be said, though it %s', async (_, answers) => {
    const attemptOf = (): never => {
      throw new Error('a fault of ours');
    };
    const given = world(connected, answers, { attemptOf });
    await expect(refreshGrant(memoryStored(given.disk, given.options), usual, given.effects)).rejects.toThrow(
      'of ours',
    );
    expect([given.steps.at(-1), given.disk.isLocked]).toEqual(['release', false]);
  });

  test('ends where another process has the lock by now, and leaves the mark', async () => {
    const given = world(connected, [lost, granted]);
    const options = { ...given.options, mayStillSend: () => given.asked.length === 0 };
    expect(await outcomeOf({ ...given, options }, { patienceMs: minute })).toBe('busy lock_lost');
    expect([given.asked.length, given.disk.rows]).toEqual([1, { ...connected, ...marked }]);
  });

  test('of an interrupted one leaves the mark of its first try', async () => {
    const given = world({ ...connected, ...markedAgo(minute) }, [lost]);
    await outcomeOf(given);
    expect(given.steps).toContain('prepare');
    expect(given.disk.rows).toMatchObject(markedAgo(minute));
  });

  test.each([
    ['the mark cannot be written', connected, 'prepare refresh_started_at'],
    ['the same text cannot be put in place of one that is marked', { ...connected, ...marked }, 'prepare'],
    ["a custom connection's file cannot be replaced", custom, 'prepare'],
  ])('sends no token when %s', async (_, before, failing) => {
    const given = world(before, [granted]);
    const step: Step = (effect, work) => {
      if (effect === failing) throw new Failure('invalid', 'not_writable', 'no room', 'make room');
      return work();
    };
    expect(await outcomeOf({ ...given, options: { step } })).toBe('invalid not_writable');
    expect([given.asked, given.disk.rows]).toEqual([[], before]);
  });

  test('takes no lock when nothing is due', async () => {
    const given = world({ ...connected, access_token_expires_at: after(hour) }, []);
    await outcomeOf(given);
    expect(given.steps).toEqual(['look']);
  });
});

describe('the loser of a race', () => {
  /** What another process does between the first look and the lock. */
  async function overtaken(
    before: Rows,
    meanwhile: Rows,
    answers: Answer[],
    isForced: boolean,
  ): Promise<[string, World]> {
    const given = world(before, answers);
    const step: Step = (effect, work) => {
      if (effect === 'lock') given.disk.rows = meanwhile;
      return work();
    };
    return [await outcomeOf({ ...given, options: { step } }, { isForced }), given];
  }

  test.each([
    ['not forced', false],
    ['forced', true],
  ])('adopts the newer generation, %s', async (_, isForced) => {
    const [outcome, given] = await overtaken(connected, refreshed, [], isForced);
    expect([outcome, given.asked, given.disk.rows]).toEqual(['adopted', [], refreshed]);
  });

  test('refreshes the newer generation when that is due already', async () => {
    const stale = { ...refreshed, access_token_expires_at: after(minute) };
    const [outcome, given] = await overtaken(connected, stale, [granted], false);
    expect([outcome, given.asked]).toEqual(['refreshed', ['Refresh tokens: refresh-2']]);
    expect(given.disk.rows['generation']).toBe('3');
  });

  test('sends nothing when the grant has ended meanwhile', async () => {
    const [outcome, given] = await overtaken(connected, { ...connected, ...known }, [granted], true);
    expect([outcome, given.asked]).toEqual(['consent_needed consent_needed', []]);
  });

  test('of an interrupted refresh asks with the same token', async () => {
    const [outcome, given] = await overtaken(connected, { ...connected, ...marked }, [granted], false);
    expect([outcome, given.asked]).toEqual(['refreshed', ['Refresh tokens: refresh-1']]);
  });
});

describe('a file that changes while Xero is asked', () => {
  const changed = { ...connected, refresh_token: 'refresh-9', generation: '9' };

  test('is adopted when the old token is refused, and its grant not ended', async () => {
    const given = world(connected, [dead], {}, (disk) => void (disk.rows = changed));
    expect([await outcomeOf(given), given.disk.rows]).toEqual(['adopted', changed]);
  });

  test('never gets a smaller generation', async () => {
    const given = world(connected, [granted], {}, (disk) => void (disk.rows = changed));
    expect([await outcomeOf(given), given.disk.rows['generation']]).toEqual(['refreshed', '10']);
  });
});

describe('a token set that waits to be picked up', () => {
  const waiting = { ...refreshed, access_token_expires_at: after(20 * minute) };

  test.each<[string, Rows, Rows, Partial<RefreshOptions>, string, number]>([
    ['is adopted', { ...connected, ...marked }, waiting, {}, 'adopted', 0],
    ['is adopted, forced', { ...connected, ...marked }, waiting, { isForced: true }, 'adopted', 0],
    ['revives a grant that is known to be over', { ...connected, ...known }, waiting, {}, 'adopted', 0],
    ['is refreshed when it is due', connected, { ...waiting, access_token_expires_at: after(0) }, {}, 'refreshed', 1],
    [
      'is nothing when it is older',
      { ...connected, generation: '2' },
      { ...connected, refresh_token: 'refresh-0' },
      {},
      'refreshed',
      1,
    ],
    [
      'does not revive when it is older',
      { ...connected, ...known, generation: '2' },
      waiting,
      {},
      'consent_needed consent_needed',
      0,
    ],
  ])('%s', async (_, before, recovery, options, outcome, times) => {
    const given = world(before, [granted]);
    given.disk.recovery = recovery;
    expect([await outcomeOf(given, options), given.asked.length]).toEqual([outcome, times]);
    expect(given.disk.recovery).toBeUndefined();
  });

  test('is left by a save that fails, and taken over by the next run', async () => {
    const first = world(connected, [granted]);
    expect(await outcomeOf({ ...first, options: { isFull: () => true } })).toBe('not_saved not_saved');
    expect(first.disk.rows).toEqual({ ...connected, ...marked });
    const next = world(connected, []);
    expect(await outcomeOf({ ...next, disk: first.disk })).toBe('adopted');
    expect([next.asked, first.disk.rows]).toEqual([[], refreshed]);
  });
});
