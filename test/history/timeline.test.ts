import { describe, expect, test } from 'vitest';
import type { Attempt } from '../../scripts/history/attempt';
import { formatMinute, timelineOf } from '../../scripts/history/timeline';

const minuteMs = 60_000;
const dayMs = 1440 * minuteMs;
const nine = Date.parse('2026-11-22T09:00:00.000Z');

/** An attempt, this many minutes after nine. */
function attempt(minutes: number, rest: Partial<Attempt>): Attempt {
  const nothing = {
    moved: null,
    generation: null,
    before: null,
    after: null,
    status: null,
    correlation: null,
    error: null,
  };
  const at = new Date(nine + minutes * minuteMs);
  return { at, environment: 'acme', outcome: 'refreshed', durationMs: 200, tries: 1, ...nothing, ...rest };
}

/** A rotation from the token of one number to the next. */
function refreshed(minutes: number, token: number): Attempt {
  return attempt(minutes, { before: `t${token}`, after: `t${token + 1}`, status: 200 });
}

function refused(minutes: number, before: string, rest: Partial<Attempt> = {}): Attempt {
  const error = { code: 'invalid_grant', message: 'acme needs consent' };
  return attempt(minutes, { outcome: 'consent_needed', before, status: 400, error, ...rest });
}

function unanswered(minutes: number, before: string, rest: Partial<Attempt> = {}): Attempt {
  const error = { code: 'not_answering', message: 'Xero is not answering for acme' };
  return attempt(minutes, { outcome: 'temporary_failure', before, error, ...rest });
}

/** As `09:00–09:40 sentence`. */
function sentencesOf(...attempts: Attempt[]): string[] {
  return timelineOf(attempts).map(({ from, to, sentence }) => {
    const [begin, end] = [formatMinute(from), formatMinute(to)];
    return `${begin.slice(11)}${begin === end ? '' : `–${end.slice(11)}`} ${sentence}`;
  });
}

describe('a timeline', () => {
  test('of nothing is empty', () => expect(sentencesOf()).toEqual([]));

  test('has one entry for repeated refreshes, with their interval, and why they ended', () => {
    expect(sentencesOf(refreshed(0, 1), refreshed(20, 2), refreshed(40, 3), refused(60, 't4'))).toEqual([
      '09:00–09:40 refreshed 3 times, about every 20 min; now token t4',
      '10:00 refused; another copy had used token t4, or the customer had disconnected the app',
    ]);
  });

  test('has no interval for irregular refreshes', () => {
    expect(sentencesOf(refreshed(0, 1), refreshed(20, 2), refreshed(25, 3))).toEqual([
      '09:00–09:25 refreshed 3 times; now token t4',
    ]);
  });

  test('has a new entry after a long pause', () => {
    const before = [0, 20, 40].map((minutes, at) => refreshed(minutes, at));
    expect(sentencesOf(...before, refreshed(200, 3), refreshed(220, 4))).toEqual([
      '09:00–09:40 refreshed 3 times, about every 20 min; now token t3',
      '12:20–12:40 refreshed 2 times; now token t5',
    ]);
  });

  test.each<[string, Attempt[], string]>([
    ['one refresh', [refreshed(0, 1)], 'refreshed; now token t2'],
    ['several requests', [{ ...refreshed(0, 1), tries: 3 }], 'refreshed after 3 requests; now token t2'],
    [
      'another process that was quicker',
      [attempt(0, { outcome: 'adopted', tries: 0, after: 't2' })],
      'refreshed by another process; now token t2',
    ],
    ['no answer', [unanswered(0, 't1')], 'no answer from Xero; nothing lost'],
    ['an error of the server', [unanswered(0, 't1', { status: 503 })], 'Xero gave no token (status 503); nothing lost'],
    ['another that holds it', [attempt(0, { outcome: 'busy', tries: 0 })], 'another process held it'],
    [
      'refused settings',
      [attempt(0, { outcome: 'refused', status: 401, error: { code: 'invalid_client', message: 'Xero refused' } })],
      'refused; Xero refused',
    ],
    [
      'refused settings with a correlation id',
      [
        attempt(0, {
          outcome: 'refused',
          status: 401,
          correlation: 'c0ffee00',
          error: { code: 'invalid_client', message: 'Xero refused' },
        }),
      ],
      "refused; Xero refused (Xero's correlation id c0ffee00)",
    ],
    [
      'tokens that could not be saved',
      [attempt(0, { outcome: 'not_saved', error: { code: 'not_saved', message: 'they are in x.recovery' } })],
      'new tokens came but could not be saved; they are in x.recovery',
    ],
    [
      'a file that cannot be written',
      [attempt(0, { outcome: 'invalid', tries: 0, error: { code: 'not_writable', message: 'cannot write x' } })],
      'not asked; cannot write x',
    ],
    [
      'a bug',
      [attempt(0, { outcome: 'temporary_failure', error: { code: 'unexpected', message: 'an error' } })],
      'failed; an error',
    ],
    ['a consent', [attempt(0, { outcome: 'connected', after: 't1' })], 'connected by a consent; now token t1'],
    ['a take-over', [attempt(0, { outcome: 'taken_over', after: 't1' })], 'taken over from another file; now token t1'],
    ['a restore', [attempt(0, { outcome: 'restored', after: 't1' })], 'kept tokens put back; now token t1'],
    ['a revocation', [attempt(0, { outcome: 'disconnected', before: 't1' })], 'disconnected at Xero by revoke'],
    [
      'a connection that cannot be asked for',
      [attempt(0, { outcome: 'consent_needed', tries: 0, error: { code: 'x', message: 'it has no refresh token' } })],
      'consent needed; it has no refresh token',
    ],
  ])('has words for %s', (_, attempts, sentence) => {
    expect(timelineOf(attempts).map((chapter) => chapter.sentence)).toEqual([sentence]);
  });

  test('counts failures of one kind, and separates the kinds', () => {
    expect(sentencesOf(unanswered(0, 't1'), unanswered(10, 't1'), unanswered(20, 't1', { status: 503 }))).toEqual([
      '09:00–09:10 no answer from Xero 2 times; nothing lost',
      '09:20 Xero gave no token (status 503); nothing lost',
    ]);
  });
});

describe('why a token was refused', () => {
  test('is that it had been used here: an older copy was put back', () => {
    expect(sentencesOf(refreshed(0, 1), refreshed(20, 2), refused(60, 't1'))).toEqual([
      '09:00–09:20 refreshed 2 times; now token t3',
      '10:00 it held token t1 again, spent at 2026-11-22 09:00: an older copy had been put back',
      '10:00 refused; token t1 had been used already: this was an older copy',
    ]);
  });

  test('is that an answer was lost for longer than the grace', () => {
    expect(sentencesOf(refreshed(0, 1), unanswered(20, 't2'), refused(55, 't2')).at(-1)).toBe(
      '09:55 refused; an answer to token t2 had been lost, and the 30 minutes for asking again were over',
    );
  });

  test('is not a lost answer that came after all', () => {
    expect(sentencesOf(refreshed(0, 1), unanswered(20, 't2'), refreshed(30, 2), refused(65, 't3')).at(-1)).toMatch(
      /^10:05 refused; another copy/,
    );
  });

  test('is that it lay idle for 60 days', () => {
    const late = { ...refused(0, 't2'), at: new Date(nine + 61 * dayMs) };
    expect(sentencesOf(refreshed(0, 1), late).at(-1)).toBe('09:00 refused; token t2 had been idle for 60 days');
  });

  test('is given with the correlation id', () => {
    expect(sentencesOf(refused(0, 't1', { correlation: 'c0ffee00' }))).toEqual([
      "09:00 refused; another copy had used token t1, or the customer had disconnected the app (Xero's correlation id c0ffee00)",
    ]);
  });
});

describe('a token that no command put into the file', () => {
  test('has an entry', () => {
    expect(sentencesOf(refreshed(0, 1), refreshed(20, 7))).toEqual([
      '09:00 refreshed; now token t2',
      '09:20 it held token t7, which no command put there: it came from a copy or another program',
      '09:20 refreshed; now token t8',
    ]);
  });

  test('is no token that came from a recovery file', () => {
    const notSaved = attempt(0, { outcome: 'not_saved', before: 't1', error: { code: 'not_saved', message: 'x' } });
    expect(sentencesOf(refreshed(-20, 0), notSaved, refreshed(20, 2))).toHaveLength(3);
  });
});

test('a timeline of a year is made in less than five seconds', () => {
  const year = Array.from({ length: 26_000 }, (_, at) => refreshed(at * 20, at));
  const begin = performance.now();
  expect(timelineOf(year)).toHaveLength(1);
  expect(performance.now() - begin).toBeLessThan(5000);
});
