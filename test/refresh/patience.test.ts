import { describe, expect, test } from 'vitest';
import type { Answer } from '../../scripts/refresh/token-answer';
import { refreshGrant } from '../../scripts/refresh/transaction';
import { answer } from './support/fake-xero';
import { memoryStored } from './support/memory-store';
import {
  markedAgo,
  marked,
  now,
  after,
  connected,
  granted,
  dead,
  lost,
  unsent,
  busy,
  usual,
  second,
  minute,
  hour,
  day,
  world,
  outcomeOf,
} from './support/refresh-world';

describe('patience', () => {
  const after429 = (seconds: number): Answer => answer(429, '', { 'retry-after': String(seconds) });

  test('asks again with the same token, backing off', async () => {
    const given = world(connected, [unsent, busy, lost, granted]);
    expect(await outcomeOf(given, { patienceMs: minute })).toBe('refreshed');
    expect(given.slept).toEqual([500, 1000, 2000]);
    expect(given.asked).toEqual(Array.from({ length: 4 }, () => 'Refresh tokens: refresh-1'));
  });

  test('backs off to 15 seconds at the most, and ends before its time is over', async () => {
    const given = world(connected, [busy]);
    expect(await outcomeOf(given, { patienceMs: minute })).toBe('temporary_failure not_answering');
    expect(given.slept).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000]);
  });

  test('backs off by half as much when the random number is 0', async () => {
    const given = world(connected, [busy, granted], { random: () => 0 });
    await outcomeOf(given, { patienceMs: minute });
    expect(given.slept).toEqual([250]);
  });

  test('obeys Retry-After over its own pause', async () => {
    const given = world(connected, [after429(20), granted]);
    expect([await outcomeOf(given, { patienceMs: minute }), given.slept]).toEqual(['refreshed', [20 * second]]);
  });

  test('gives up at once when Retry-After is longer, and keeps it for the next run', async () => {
    const given = world(connected, [after429(120)]);
    expect(await outcomeOf(given, { patienceMs: minute })).toBe('temporary_failure not_answering');
    expect([given.slept, given.disk.retryAfter, given.disk.rows]).toEqual([[], new Date(after(2 * minute)), connected]);
  });

  test.each<[string, number, Answer[], string, number[], string]>([
    ['waits for it', 30 * second, [granted], 'refreshed', [30 * second], ''],
    ['does not ask when it is too far off', 2 * minute, [], 'temporary_failure not_answering', [], ''],
    ['forgets it when it is past', -1, [granted], 'refreshed', [], ''],
  ])('with a Retry-After of an earlier run %s', async (_, ms, answers, outcome, slept, mark) => {
    const given = world(connected, answers);
    given.disk.retryAfter = new Date(after(ms));
    expect([await outcomeOf(given, { patienceMs: minute }), given.slept, given.asked.length]).toEqual([
      outcome,
      slept,
      answers.length,
    ]);
    expect(given.disk.rows['refresh_started_at']).toBe(mark);
    expect(given.disk.retryAfter).toEqual(outcome === 'refreshed' ? null : new Date(after(ms)));
  });

  test('ends 30 minutes after the first try, however long it is', async () => {
    const given = world(connected, [busy]);
    expect(await outcomeOf(given, { patienceMs: day })).toBe('temporary_failure not_answering');
    const total = given.slept.reduce((sum, ms) => sum + ms, 0);
    expect([total <= 30 * minute, total > 29 * minute]).toEqual([true, true]);
  });

  test.each([
    ['20 minutes ago has ten left', 20 * minute, 10 * minute],
    ['an hour ago is asked for once, without a retry', hour, 0],
  ])('for a refresh that started %s', async (_, ago, leftMs) => {
    const given = world({ ...connected, ...markedAgo(ago) }, [busy]);
    await outcomeOf(given, { patienceMs: day });
    const total = given.slept.reduce((sum, ms) => sum + ms, 0);
    expect([total <= leftMs, total >= leftMs - minute, given.asked.length >= 1]).toEqual([true, true, true]);
    expect(given.disk.rows['refresh_started_at']).toBe(after(-ago));
  });

  test.each([
    ['invalid_grant', dead, 'consent_needed invalid_grant'],
    ['refused', answer(400, { error: 'invalid_scope' }), 'refused invalid_scope'],
    ['unexpected', answer(302, ''), 'temporary_failure not_answering'],
    ["no token endpoint's", answer(404, ''), 'refused wrong_url'],
  ])('ends with an answer that is %s', async (_, last, outcome) => {
    const given = world(connected, [busy, last]);
    expect([await outcomeOf(given, { patienceMs: minute }), given.asked.length]).toEqual([outcome, 2]);
  });

  test('ends when the process is asked to stop', async () => {
    const given = world(connected, [busy], { isStopping: () => true });
    expect([await outcomeOf(given, { patienceMs: minute }), given.asked.length]).toEqual([
      'temporary_failure not_answering',
      1,
    ]);
  });

  test('keeps the mark when any try may have used the token', async () => {
    const given = world(connected, [lost, unsent, unsent, answer(400, { error: 'invalid_client' })]);
    expect(await outcomeOf(given, { patienceMs: minute })).toBe('refused invalid_client');
    expect(given.disk.rows).toEqual({ ...connected, ...marked });
  });

  test('empties the mark when no try can have used the token', async () => {
    const given = world(connected, [unsent, answer(429, ''), unsent]);
    expect(await outcomeOf(given, { patienceMs: 5 * second })).toBe('temporary_failure not_answering');
    expect(given.disk.rows).toEqual(connected);
  });

  test('says for how long the token may still be sent', async () => {
    const given = world({ ...connected, ...markedAgo(10 * minute) }, [lost]);
    const stored = memoryStored(given.disk);
    await expect(refreshGrant(stored, usual, given.effects)).rejects.toMatchObject({
      message: 'Xero is not answering for acme: no answer (ECONNRESET); nothing is lost',
      hint: 'run again within 20 min: npx evergrant refresh acme',
    });
  });

  test('ignores a Retry-After of years', async () => {
    const given = world(connected, [after429(999_999_999)]);
    await outcomeOf(given);
    expect(given.disk.retryAfter?.getTime()).toBeLessThanOrEqual(now.getTime() + day);
  });
});
