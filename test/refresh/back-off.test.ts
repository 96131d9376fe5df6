import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pauseBefore } from '../../scripts/refresh/transaction';

describe('the pause before another try', () => {
  test.each([
    [1, undefined, 1, 500],
    [1, undefined, 0, 250],
    [3, undefined, 1, 2000],
    [6, undefined, 1, 15_000],
    [1000, undefined, 1, 15_000],
    [1, 0, 1, 500],
    [1, 7, 1, 7000],
    [6, 7, 1, 15_000],
  ])('number %d with Retry-After %s and dice %d is %d ms', (attempt, retryAfterSeconds, random, pauseMs) => {
    expect(pauseBefore(attempt, retryAfterSeconds, random)).toBe(pauseMs);
  });

  test('is never shorter than Retry-After, nor longer than 15 seconds without', () => {
    const dice = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.option(fc.nat(1e6), { nil: undefined }),
        dice,
        (attempt, seconds, random) => {
          const pauseMs = pauseBefore(attempt, seconds, random);
          expect(pauseMs).toBeGreaterThanOrEqual(Math.max((seconds ?? 0) * 1000, 250));
          expect(pauseMs).toBeLessThanOrEqual(Math.max((seconds ?? 0) * 1000, 15_000));
        },
      ),
    );
  });
});
