import { describe, expect, test } from 'vitest';
import {
  calendarEvent,
  crontabTimes,
  isoDuration,
  parseInterval,
  spreadSeconds,
} from '../../scripts/schedule/interval';
import { keepsAccessTokens, refreshArguments } from '../../scripts/schedule/job';
import { jobOf } from './places';

describe('an interval', () => {
  test.each([
    ['1m', ['* * * * *', '*:0/1', 'PT1M', 6]],
    ['10m', ['*/10 * * * *', '*:0/10', 'PT10M', 60]],
    ['600s', ['*/10 * * * *', '*:0/10', 'PT10M', 60]],
    ['60m', ['17 * * * *', '0/1:00', 'PT1H', 360]],
    ['6h', ['17 */6 * * *', '0/6:00', 'PT6H', 2160]],
    ['24h', ['17 3 * * *', 'daily', 'P1D', 3600]],
    ['1d', ['17 3 * * *', 'daily', 'P1D', 3600]],
  ])('of %s is written in the format of every scheduler', (text, words) => {
    const interval = parseInterval(text);
    const said = [crontabTimes(interval), calendarEvent(interval), isoDuration(interval), spreadSeconds(interval)];
    expect(said).toEqual(words);
  });

  test.each(['0s', '30s', '90s', '7m', '45m', '90m', '5h', '9h', '2d', '60d', '1.5m'])('of %s is refused', (text) => {
    expect(() => parseInterval(text)).toThrow(expect.objectContaining({ kind: 'invalid', code: 'bad_rhythm' }));
  });
});

describe('the refresh of a job', () => {
  test.each<[string, boolean, string[], boolean]>([
    ['5m', false, [], true],
    ['10m', false, [], true],
    ['12m', false, ['--min-validity', '17m'], true],
    ['20m', false, ['--min-validity', '25m'], true],
    ['30m', false, [], false],
    ['1h', false, [], false],
    ['1d', true, ['--keep-alive'], false],
  ])('each %s (keep alive: %s) adds %j', (every, isKeepAlive, added, keeps) => {
    const job = jobOf(every, { isKeepAlive });
    expect(refreshArguments('/e', job)).toEqual(['--environments', '/e', 'refresh', '--all', ...added]);
    expect(keepsAccessTokens(job)).toBe(keeps);
  });
});
