import { expect, test } from 'vitest';
import { elapsedMs, momentOf } from '../../scripts/serve/clocks';

test.each<[string, number, number, number]>([
  ['both clocks go on', 5000, 5000, 5000],
  ['the machine slept: one clock stood still', 3_600_000, 10, 3_600_000],
  ['the wall clock was set back', -3_600_000, 7000, 7000],
  ['the wall clock was set forward', 86_400_000, 7000, 86_400_000],
])('%s', (_, wallMs, monotonicMs, elapsed) => {
  const at = { wallMs: 1_800_000_000_000, monotonicMs: 40 };
  const clocks = {
    now: () => new Date(at.wallMs + wallMs),
    monotonicMs: () => at.monotonicMs + monotonicMs,
  };
  expect(elapsedMs(at, clocks)).toBe(elapsed);
  expect(elapsedMs(momentOf(clocks), clocks)).toBe(0);
});
