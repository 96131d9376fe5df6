import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LastAttempt } from '../../scripts/history/attempt';
import { statusCells, withoutControls, formatCounts, wordCounts } from '../../scripts/status/cells';
import { statusRow, byUrgency, countsOf, unreadableRow, wordOf, type StatusRow } from '../../scripts/status/rows';
import { statesByUrgency } from '../../scripts/status/standing';
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

function row(rows: Rows, name = 'acme', attempt: LastAttempt | null = null, isLocked = false): StatusRow {
  return statusRow(environmentOf({ ...connected, ...rows }, name), attempt, now, { isLocked });
}

/** An attempt that ended so, for as long as since then. */
function failedAt(ms: number, outcome: LastAttempt['outcome'], sinceMs = ms): LastAttempt {
  return { at: new Date(after(ms)), outcome, since: new Date(after(sinceMs)), move: null };
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
  expect(Object.fromEntries(countsOf(statesByUrgency, ({ state }) => state, rows))).toEqual(counts);
  expect(formatCounts(wordCounts(rows))).toBe(
    '2 consent needed, 1 invalid, 3 interrupted, 5 connected, 2 never connected',
  );
  expect(formatCounts(wordCounts(Array.from({ length: 12_345 }, () => row({}))))).toBe('12,345 connected');
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
      row({}, 'acme', failedAt(-3 * minute, 'temporary_failure', -40 * minute)),
      ['acme', 'failing since 09:20', 'Maple Bakery', '29 min', '2027-01-20, in 59 d', 'temporary failure 3 min ago'],
    ],
    [
      'tried by a machine whose clock is ahead',
      row({}, 'acme', failedAt(minute, 'refreshed')),
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
  expect(row({}, 'acme', { ...failedAt(0, 'refreshed'), move }).replaced).toBe(detail);
});

describe('what a connection is called', () => {
  const link = (madeMs: number, goodMs: number): string => {
    const [t, u] = [madeMs, goodMs].map((ms) => (now.getTime() + ms) / 1000);
    return `eg2.${Buffer.from(JSON.stringify({ n: 'acme', t, u, r: 'x' })).toString('base64url')}.mac`;
  };
  const fresh: Rows = { refresh_token: '', access_token: '', grant_status: 'never_connected' };
  const handedOver: Rows = { ...fresh, handed_over_at: after(-day) };
  const oneDayLink = link(-day, 13 * day);

  test.each<[string, StatusRow, string, string | null, string]>([
    // [what it is, its row, its state, since when it is called so, its word]
    [
      'a link that nobody opened',
      row({ ...fresh, consent_state: oneDayLink }),
      'never_connected',
      after(-day),
      'waiting',
    ],
    [
      'a random state of an earlier version',
      row({ ...fresh, consent_state: 'random', consent_requested_at: after(-day) }),
      'never_connected',
      after(-day),
      'waiting',
    ],
    [
      'a link whose time is over',
      row({ ...fresh, consent_state: link(-15 * day, -day) }),
      'never_connected',
      null,
      'never_connected',
    ],
    [
      'a link that has been used',
      row({ ...fresh, consent_state: oneDayLink, connected_at: after(-minute) }),
      'never_connected',
      null,
      'never_connected',
    ],
    [
      'a PKCE link whose verifier is gone',
      row({ ...fresh, app_type: 'pkce', consent_state: oneDayLink, code_verifier: '' }),
      'never_connected',
      null,
      'never_connected',
    ],
    [
      'a connection that is over stays an alarm, link or not',
      row({ grant_status: 'consent_needed', consent_state: oneDayLink }),
      'consent_needed',
      null,
      'consent_needed',
    ],
    [
      'a mark while a process holds the lock',
      row({ refresh_started_at: after(-minute) }, 'acme', null, true),
      'interrupted',
      after(-minute),
      'refreshing',
    ],
    ['a mark with nobody there', row({ refresh_started_at: after(-minute) }), 'interrupted', null, 'interrupted'],
    [
      'a refused client secret',
      row({ refresh_token_expires_at: after(59 * day) }, 'acme', failedAt(-minute, 'refused', -day)),
      'connected',
      after(-day),
      'failing',
    ],
    [
      'a failure that somebody else has mended by a refresh',
      row({ refresh_token_expires_at: after(60 * day - minute) }, 'acme', failedAt(-2 * minute, 'refused')),
      'connected',
      null,
      'connected',
    ],
    [
      'an answer that did not come, with the mark left',
      row({ refresh_started_at: after(-minute) }, 'acme', failedAt(-minute, 'temporary_failure')),
      'interrupted',
      after(-minute),
      'failing',
    ],
    ['an organisation that Xero lists no more', row({ removed_at: after(-day) }), 'connected', after(-day), 'removed'],
    [
      'the same, connected again since',
      row({ removed_at: after(-day), connected_at: after(-minute) }),
      'connected',
      null,
      'connected',
    ],
    [
      'a consent that was ended here',
      row({ ...fresh, grant_status: 'consent_needed' }, 'acme', failedAt(-day, 'disconnected')),
      'consent_needed',
      after(-day),
      'removed',
    ],
    ['handed over', row(handedOver), 'never_connected', after(-day), 'moved'],
    [
      'handed over, in words that are no date',
      row({ ...handedOver, handed_over_at: 'yes' }),
      'never_connected',
      new Date(0).toISOString(),
      'moved',
    ],
    ['handed over, but it still has tokens', row({ handed_over_at: after(-day) }), 'connected', null, 'connected'],
    [
      'a custom connection that was handed over',
      row({ ...custom, ...handedOver }),
      'never_connected',
      after(-day),
      'moved',
    ],
  ])('%s', (_, one, state, since, word) => {
    expect([one.state, one.standing?.since.toISOString() ?? null, wordOf(one)]).toEqual([state, since, word]);
    expect(formatCounts(wordCounts([one]))).toBe(`1 ${word.replaceAll('_', ' ')}`);
  });

  test('is in the cells', () => {
    const cells = (one: StatusRow): string[] => statusCells(one, now).slice(1, 5);
    expect(cells(row({ ...fresh, tenant_name: '', consent_state: oneDayLink, access_token_expires_at: '' }))).toEqual([
      'waiting',
      '-',
      '-',
      '2026-12-05, in 13 d',
    ]);
    expect(cells(row({ ...handedOver, access_token_expires_at: '' }))).toEqual(['moved', 'Maple Bakery', '-', '-']);
    expect(cells(row({ removed_at: after(-day) })).slice(0, 1)).toEqual(['removed']);
    expect(cells(row({}, 'acme', failedAt(-minute, 'refused', -2 * day)))[0]).toBe('failing since 2026-11-20 10:00');
  });
});

describe('where several machines share a store', () => {
  const started = { refresh_started_at: after(-10 * minute) };
  const stateOf = (rows: Rows, isLocked = false): string | undefined =>
    statusCells(
      statusRow({ ...environmentOf({ ...connected, ...rows }), startedOn: 'web2' }, null, now, { isLocked }),
      now,
    )[1];

  test('the one that refreshes, or was cut off, is named with the time', () => {
    expect(stateOf(started)).toBe('interrupted on web2 since 09:50');
    expect(stateOf(started, true)).toBe('refreshing on web2 since 09:50');
  });

  test('none is named once the refresh is over', () => {
    expect(stateOf({})).toBe('connected');
    const over = statusRow({ ...environmentOf(connected), startedOn: 'web2' }, null, now);
    expect([over.refreshStartedAt, over.refreshStartedOn]).toEqual([null, null]);
  });
});
