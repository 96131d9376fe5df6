import { describe, expect, test } from 'vitest';
import type { LastAttempt } from '../../scripts/history/attempt';
import { checkCode, pluginResult, unknownResult } from '../../scripts/monitoring/check';
import { statusRow, unreadableRow, type StatusRow } from '../../scripts/status/rows';
import { environmentOf, type Rows } from '../support/environments';

const now = new Date('2026-11-22T10:00:00.000Z');
const dayMs = 86_400_000;
const after = (ms: number): string => new Date(now.getTime() + ms).toISOString();

const connected: Rows = {
  app_type: 'web',
  access_token: 'a',
  refresh_token: 'r',
  refresh_token_expires_at: after(59 * dayMs),
  grant_status: 'connected',
};

function row(name: string, rows: Rows = {}, outcome?: LastAttempt['outcome']): StatusRow {
  const at = new Date(after(-60_000));
  const attempt = outcome === undefined ? null : { at, since: at, outcome, move: null };
  return statusRow(environmentOf({ ...connected, ...rows }, name), attempt, now);
}

const well = row('acme');
const fresh: Rows = { access_token: '', refresh_token: '', grant_status: 'never_connected' };
const broken = unreadableRow('a|b\nc', null, { code: 'not_json', message: 'x is not JSON', hint: 'restore it' });

describe('--check', () => {
  test.each<[string, StatusRow[], number, string]>([
    ['all is well', [well], 0, 'OK - 1 environment, all is well'],
    [
      'new, or handed over',
      [well, row('b', fresh), row('c', { ...fresh, handed_over_at: after(-1) })],
      0,
      'OK - 3 environments, all is well',
    ],
    [
      'a consent is needed',
      [well, row('b', { grant_status: 'consent_needed' })],
      3,
      'CRITICAL - 1 consent needed (b), of 2 environments',
    ],
    [
      'its organisation was removed',
      [row('b', { removed_at: after(-1) })],
      3,
      'CRITICAL - 1 removed (b), of 1 environment',
    ],
    ['its secret is refused', [row('b', {}, 'refused')], 7, 'CRITICAL - 1 failing (b), of 1 environment'],
    ['its tokens are not saved', [row('b', {}, 'not_saved')], 6, 'CRITICAL - 1 failing (b), of 1 environment'],
    ['Xero does not answer', [row('b', {}, 'temporary_failure')], 4, 'WARNING - 1 failing (b), of 1 environment'],
    ['cut off', [row('b', { refresh_started_at: after(-60_000) })], 4, 'WARNING - 1 interrupted (b), of 1 environment'],
    [
      'nobody refreshes it',
      [row('b', { refresh_token_expires_at: after(29 * dayMs) })],
      4,
      'WARNING - 1 not refreshed for a month (b), of 1 environment',
    ],
    [
      'a file makes no sense',
      [broken, row('b', {}, 'temporary_failure')],
      2,
      'CRITICAL - 1 invalid (a b c), 1 failing (b), of 2 environments',
    ],
    [
      'many are wrong',
      Array.from({ length: 6 }, (_, at) => row(`b${at}`, { grant_status: 'consent_needed' })),
      3,
      'CRITICAL - 6 consent needed, of 6 environments',
    ],
  ])('%s', (_, rows, code, line) => {
    expect(checkCode(rows, now)).toBe(code);
    const result = pluginResult(rows, now);
    expect(result.line.split(' | ')[0]).toBe(`EVERGRANT ${line}`);
    expect(result.code).toBe({ OK: 0, WARNING: 1, CRITICAL: 2 }[line.split(' ')[0] ?? '']);
  });

  test('the line of a plugin has the count of each word, for graphs', () => {
    const [, data] = pluginResult([well, row('b', {}, 'refused')], now).line.split(' | ');
    expect(data).toBe(
      'consent_needed=0;;;0;2 removed=0;;;0;2 invalid=0;;;0;2 interrupted=0;;;0;2 import_cut_off=0;;;0;2 failing=1;;;0;2 refreshing=0;;;0;2 connected=1;;;0;2 waiting=0;;;0;2 never_connected=0;;;0;2 moved=0;;;0;2',
    );
  });

  test('what can’t be told is unknown', () => {
    expect(pluginResult([], now)).toEqual({ line: 'EVERGRANT UNKNOWN - no environments', code: 3 });
    expect(unknownResult('cannot\nread | it')).toEqual({ line: 'EVERGRANT UNKNOWN - cannot read   it', code: 3 });
  });
});
