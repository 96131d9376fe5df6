import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LastAttempt } from '../../scripts/history/attempt';
import { statusCells, withoutControls, formatCounts } from '../../scripts/status/cells';
import { statusRow, byUrgency, countsOf, unreadableRow, type StatusRow } from '../../scripts/status/rows';
import { environmentOf, type Rows } from '../support/environments';

const now = new Date('2026-11-22T10:00:00.000Z');
const [minute, day] = [60_000, 86_400_000];
const after = (ms: number): string => new Date(now.getTime() + ms).toISOString();

const connected: Rows = {
  app_type: 'web',
  access_token: 'a',
  refresh_token: 'r',
  access_token_expires_at: after(29 * minute),
  refresh_token_expires_at: after(59 * day),
  tenant_name: 'Maple Bakery',
  generation: '7',
  grant_status: 'connected',
};
const custom: Rows = { ...connected, app_type: 'custom_connection', refresh_token: '', refresh_token_expires_at: '' };

function row(rows: Rows, name = 'acme', attempt: LastAttempt | null = null): StatusRow {
  return statusRow(environmentOf({ ...connected, ...rows }, name), attempt, now);
}

const broken = unreadableRow('broken', null, { code: 'not_json', message: 'x.json is not JSON', hint: 'restore it' });

/** One of each kind, the most urgent first. */
const rows: readonly StatusRow[] = [
  row({ grant_status: 'consent_needed' }, 'a-dead'),
  row({ refresh_token_expires_at: after(-day) }, 'b-idle-too-long'),
  broken,
  row({ refresh_started_at: 'yesterday' }, 'cut-off-at-no-known-time'),
  row({ refresh_started_at: after(-20 * minute) }, 'z-cut-off'),
  row({ refresh_started_at: after(-10 * minute) }, 'a-cut-off'),
  row({ refresh_token_expires_at: after(day) }, 'z-a-day-left'),
  row({ refresh_token_expires_at: after(2 * day) }, 'a-two-days-left'),
  row({ refresh_token_expires_at: after(2 * day + 1) }, 'b-two-days-left'),
  row({ refresh_token_expires_at: '' }, 'a-without-an-end'),
  row(custom, 'b-without-an-end'),
  row({ refresh_token: '' }, 'a-new'),
  row({ ...custom, access_token: '' }, 'b-new'),
];

test('the most urgent rows come first: by state, by how soon something is lost, by name', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([...rows], { minLength: rows.length }), (shuffled) => {
      expect(byUrgency(shuffled).map(({ environment }) => environment)).toEqual(
        rows.map(({ environment }) => environment),
      );
    }),
  );
});

test('every state is counted, and printed when its count is not 0', () => {
  const counts = { consent_needed: 2, invalid: 1, interrupted: 3, connected: 5, never_connected: 2 };
  expect(countsOf(rows)).toEqual(counts);
  expect(formatCounts(rows)).toBe('2 consent needed, 1 invalid, 3 interrupted, 5 connected, 2 never connected');
  expect(formatCounts(Array.from({ length: 12_345 }, () => row({})))).toBe('12,345 connected');
});

describe('when consent is needed', () => {
  test.each<[string, Rows, string | null]>([
    ['a connection: the refresh token’s end', {}, after(59 * day)],
    ['an end that is not known', { refresh_token_expires_at: 'soon' }, null],
    ['cut off: the end of the grace period', { refresh_started_at: after(-10 * minute) }, after(20 * minute)],
    [
      'cut off shortly before the end: the end',
      { refresh_started_at: after(-minute), refresh_token_expires_at: after(minute) },
      after(minute),
    ],
    ['a custom connection: never', custom, null],
    ['over: it is too late', { grant_status: 'consent_needed' }, null],
    ['never connected: it is too early', { refresh_token: '' }, null],
  ])('%s', (_, rows, by) => {
    expect(row(rows).consentNeededBy).toEqual(by === null ? null : new Date(by));
  });
});

describe('a row in words', () => {
  test.each<[string, StatusRow, string[]]>([
    ['connected', row({}), ['acme', 'connected', 'Maple Bakery', '29 min', '2027-01-20, in 59 d', '']],
    [
      'expired, hours before the end',
      row({ access_token_expires_at: after(0), refresh_token_expires_at: after(1.5 * day) }),
      ['acme', 'connected', 'Maple Bakery', 'expired', '2026-11-23, in 1 d 12 h', ''],
    ],
    [
      'cut off',
      row({ refresh_started_at: after(-10 * minute) }),
      ['acme', 'interrupted', 'Maple Bakery', '29 min', '2026-11-22, in 20 min', ''],
    ],
    [
      'cut off too long ago',
      row({ refresh_started_at: after(-31 * minute) }),
      ['acme', 'interrupted', 'Maple Bakery', '29 min', 'perhaps now', ''],
    ],
    ['over', row({ grant_status: 'consent_needed' }), ['acme', 'consent needed', 'Maple Bakery', '29 min', 'now', '']],
    [
      'new',
      row({ refresh_token: '', access_token_expires_at: '', tenant_name: ' ' }),
      ['acme', 'never connected', '-', '-', 'now', ''],
    ],
    [
      'a new custom connection, which no link makes',
      row({ ...custom, access_token: '' }),
      ['acme', 'never connected', 'Maple Bakery', '29 min', '-', ''],
    ],
    ['unreadable', broken, ['broken', 'invalid', '-', '-', '-', '']],
    [
      'tried before',
      row({}, 'acme', { at: new Date(after(-3 * minute)), outcome: 'temporary_failure', move: null }),
      ['acme', 'connected', 'Maple Bakery', '29 min', '2027-01-20, in 59 d', 'temporary failure 3 min ago'],
    ],
    [
      'tried by a machine whose clock is ahead',
      row({}, 'acme', { at: new Date(after(minute)), outcome: 'refreshed', move: null }),
      ['acme', 'connected', 'Maple Bakery', '29 min', '2027-01-20, in 59 d', 'refreshed 0 s ago'],
    ],
  ])('%s', (_, one, words) => {
    expect(statusCells(one, now)).toEqual(words);
  });

  test('no name moves the cursor, breaks the line or turns the text round', () => {
    expect(withoutControls('a\x1b[2J\r\n\u0085\u2028\u202Eb\uD800 é 山')).toBe('a�[2J�����b� é 山');
  });
});

test.each([
  ['for two weeks', day, 'connected to Tailor Ltd in place of Maple Bakery since 2026-11-21'],
  ['and no longer', 15 * day, null],
])('a row says which organisation took the place of which, %s', (_, ago, detail) => {
  const move = { from: 'Maple Bakery', to: 'Tailor Ltd', at: new Date(after(-ago)) };
  expect(row({}, 'acme', { at: new Date(after(0)), outcome: 'refreshed', move }).detail).toBe(detail);
});
