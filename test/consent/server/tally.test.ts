import { expect, test } from 'vitest';
import { Tally } from '../../../scripts/consent/server/tally';

test('each key is counted by itself, minute by minute', () => {
  let now = 0;
  const tally = new Tally({ perMinute: 2, keys: 10 }, () => now);
  expect([1, 2, 3].map(() => tally.isTooMany('a'))).toEqual([false, false, true]);
  expect(tally.isTooMany('b')).toBe(false);
  now = 59_999;
  expect(tally.isTooMany('a')).toBe(true);
  now = 60_000;
  expect(tally.isTooMany('a')).toBe(false);
});

test('a million clients need no more memory than the limit', () => {
  const tally = new Tally({ perMinute: 2, keys: 1_000 }, () => 0);
  for (let client = 0; client < 1_000_000; client++) tally.isTooMany(String(client));
  expect(tally.size).toBe(1_000);
});
