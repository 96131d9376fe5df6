import fc from 'fast-check';
import { expect, test } from 'vitest';
import { attemptOutcomes } from '../../scripts/history/attempt';
import { DayCounter, daysCounted, firstDayAt } from '../../scripts/history/days';
import { stripOf } from '../../scripts/status/page/strip';
import { dayMs } from '../../scripts/text/duration';

const now = new Date('2026-11-22T10:00:00.000Z');
const firstMs = firstDayAt(now).getTime();

type Attempts = readonly (readonly [day: number, outcome: (typeof attemptOutcomes)[number]])[];

/** The picture's words for one environment, of which the log has these. */
function words(attempts: Attempts): string {
  const counter = new DayCounter(now);
  for (const [day, outcome] of attempts) counter.add('acme', firstMs + day * dayMs + 1, outcome);
  const days = counter.history().byName.get('acme');
  return days === undefined ? 'nothing' : (/<title>(.*)<\/title>/.exec(stripOf(days).picture.html)?.[1] ?? '');
}

test('the last of the days is today, in UTC', () => {
  expect(firstDayAt(now)).toEqual(new Date('2026-09-24T00:00:00.000Z'));
});

test.each<[string, Attempts, string]>([
  ['nothing is known', [], 'nothing'],
  ['one refresh today', [[59, 'refreshed']], 'Of 1 day: refreshed on 1, failures on 0, silent on 0'],
  [
    'a failure and a refresh on one day',
    [
      [58, 'temporary_failure'],
      [58, 'refreshed'],
      [59, 'refreshed'],
    ],
    'Of 2 days: refreshed on 2, failures on 1, silent on 0',
  ],
  [
    'silence between',
    [
      [50, 'connected'],
      [59, 'refused'],
    ],
    'Of 10 days: refreshed on 1, failures on 1, silent on 8',
  ],
  ['before the sixty days', [[-1, 'refreshed']], 'nothing'],
  ['after today, by another clock', [[60, 'refreshed']], 'nothing'],
  ['held by another process', [[59, 'busy']], 'Of 1 day: refreshed on 0, failures on 0, silent on 1'],
])('%s', (_, attempts, expected) => {
  expect(words(attempts)).toBe(expected);
});

test('a log that goes back further than the days knows all of them', () => {
  const counter = new DayCounter(now);
  counter.add('acme', firstMs - 1, 'refreshed');
  counter.add('acme', firstMs + 30 * dayMs, 'refreshed');
  counter.add('young', firstMs + 40 * dayMs, 'connected');
  const { byName, from } = counter.history();
  expect([from, byName.get('acme')?.from, byName.get('young')?.from]).toEqual([0, 0, 40]);
});

test('every known day is one of good, bad and silent, and none is drawn out of the picture', () => {
  const attempt = fc.tuple(fc.integer({ min: -5, max: 65 }), fc.constantFrom(...attemptOutcomes));
  fc.assert(
    fc.property(fc.array(attempt, { minLength: 1, maxLength: 80 }), (attempts) => {
      const counter = new DayCounter(now);
      for (const [day, outcome] of attempts) counter.add('acme', firstMs + day * dayMs, outcome);
      const days = counter.history().byName.get('acme');
      fc.pre(days !== undefined);
      const { picture, troubled, silent } = stripOf(
        days ?? { successes: new Uint16Array(0), failures: new Uint16Array(0), from: 0 },
      );
      const [known = 0, good = 0] = /Of (\d+) days?: refreshed on (\d+)/.exec(picture.html)?.slice(1).map(Number) ?? [];
      expect(known).toBe(daysCounted - (days?.from ?? 0));
      expect(good + troubled + silent).toBeGreaterThanOrEqual(known);
      for (const [, x = '', width = ''] of picture.html.matchAll(/M(\d+) \d+h(\d+)/g)) {
        expect(Number(x) + Number(width)).toBeLessThanOrEqual(daysCounted);
      }
    }),
  );
});
