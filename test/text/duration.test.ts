import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDuration, formatDuration } from '../../scripts/text/duration';

describe('a duration', () => {
  test.each([
    ['0s', 0],
    ['250ms', 250],
    ['90s', 90_000],
    ['15m', 900_000],
    ['1.5m', 90_000],
    ['2h', 7_200_000],
    ['60d', 5_184_000_000],
    [' 5m ', 300_000],
  ])('is read from %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each([
    '',
    '5',
    'm',
    '-5m',
    '5 m',
    '5M',
    '5min',
    '1h30m',
    '1e3s',
    '.5s',
    '5.m',
    'Infinitym',
    '1234567890s',
    '５m',
  ])('is not read from "%s"', (text) => {
    expect(() => parseDuration(text)).toThrow(
      expect.objectContaining({ kind: 'invalid', code: 'bad_duration', hint: 'write 90s, 15m, 2h or 60d' }),
    );
  });

  test('of any whole number is that many of its unit', () => {
    fc.assert(
      fc.property(fc.nat(999_999_999), (count) => {
        expect(parseDuration(`${count}m`)).toBe(count * 60_000);
      }),
    );
  });

  test.each([
    [0, '0 s'],
    [999, '0 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [29 * 60_000, '29 min'],
    [-29 * 60_000, '29 min'],
    [3_599_999, '1 h 0 min'],
    [3_600_000, '1 h 0 min'],
    [5_400_000, '1 h 30 min'],
    [86_400_000, '1 d 0 h'],
    [60 * 86_400_000 - 3_600_000, '59 d 23 h'],
  ])('of %d ms is said as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});
