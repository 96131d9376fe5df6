import { beforeEach, describe, expect, test } from 'vitest';
import { RefusedCodes } from '../../scripts/consent/refused-codes';

const minute = 60_000;
let refused: RefusedCodes;

beforeEach(() => {
  refused = new RefusedCodes();
});

function refuse(count: number, nowMs = 0): void {
  for (let code = 0; code < count; code++) refused.refuse('acme', `code ${nowMs} ${code}`, nowMs);
}

describe('codes that Xero has refused', () => {
  test('five are allowed, the sixth waits, and each one after it twice as long, up to a quarter of an hour', () => {
    refuse(4);
    expect(refused.waitMs('acme', 0)).toBe(0);
    const waits: number[] = [];
    for (let code = 0; code < 7; code++) {
      refused.refuse('acme', `more ${code}`, 0);
      waits.push(refused.waitMs('acme', 0) / minute);
    }
    expect(waits).toEqual([1, 2, 4, 8, 15, 15, 15]);
    expect(refused.waitMs('bakery', 0)).toBe(0);
  });

  test('one more is allowed after the wait', () => {
    refuse(5);
    expect([refused.waitMs('acme', minute - 1), refused.waitMs('acme', minute)]).toEqual([1, 0]);
  });

  test('a success, or half an hour, forgets them', () => {
    refuse(8);
    expect(refused.waitMs('acme', 30 * minute)).toBe(0);
    refuse(4, 30 * minute);
    expect(refused.waitMs('acme', 30 * minute)).toBe(0);
    refuse(4, 30 * minute);
    refused.forget('acme');
    expect(refused.waitMs('acme', 30 * minute)).toBe(0);
  });

  test('one that comes again is known', () => {
    refuse(1);
    expect([refused.isRefused('acme', 'code 0 0', 0), refused.isRefused('acme', 'code 0 1', 0)]).toEqual([true, false]);
    expect(refused.isRefused('bakery', 'code 0 0', 0)).toBe(false);
  });
});
