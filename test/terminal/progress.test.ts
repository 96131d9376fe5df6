import { expect, test } from 'vitest';
import { formatPace } from '../../scripts/terminal/progress';

const second = 1000;

test.each([
  ['nothing is done yet', { total: 300, done: 0, elapsedMs: 1 * second, silentMs: 1 * second }, '0/300 environments'],
  [
    'half is done',
    { total: 300, done: 150, elapsedMs: 20 * second, silentMs: 100 },
    '150/300 environments, 7.5 a second, 20 s left',
  ],
  [
    'all but the last are done',
    { total: 300, done: 299, elapsedMs: 30 * second, silentMs: 2 * second },
    '299/300 environments, 10 a second, 1 s left',
  ],
  [
    'the last one does not answer',
    { total: 300, done: 299, elapsedMs: 50 * second, silentMs: 20 * second },
    '299/300 environments, waiting for 1 more, 20 s so far',
  ],
  [
    'nobody answers at all',
    { total: 300, done: 0, elapsedMs: 75 * second, silentMs: 75 * second },
    '0/300 environments, waiting for 300 more, 1 min so far',
  ],
  [
    'a silence is shorter than what is left',
    { total: 300, done: 10, elapsedMs: 20 * second, silentMs: 5 * second },
    '10/300 environments, 0.5 a second, 10 min left',
  ],
  ['all is done', { total: 300, done: 300, elapsedMs: 30 * second, silentMs: 0 }, '300/300 environments'],
])('the bar’s words when %s', (_, pace, expected) => {
  expect(formatPace(pace, 'environments')).toBe(expected);
});
