import { expect, test } from 'vitest';
import { LoopWatch } from '../../scripts/serve/loop-watch';

const minuteMs = 60_000;
const ended = { endedAt: new Date(), exitCode: 0 };

test('a loop is at work for half an hour after a run has ended, or since the start', () => {
  let nowMs = 5;
  const watch = new LoopWatch(() => nowMs, true);
  const seen = [29, 30, 31].map((minute) => {
    nowMs = 5 + minute * minuteMs;
    return watch.isAtWork;
  });
  expect(seen).toEqual([true, false, false]);
  watch.note(ended);
  expect(watch.isAtWork).toBe(true);
  nowMs += 30 * minuteMs;
  expect([watch.isAtWork, watch.isAlive]).toEqual([false, true]);
});

test('runs are counted by how they ended', () => {
  const watch = new LoopWatch(() => 0, true);
  for (const exitCode of [0, 4, 0]) watch.note({ ...ended, exitCode });
  expect([[...watch.runs], watch.lastRun?.exitCode]).toEqual([
    [
      [0, 2],
      [4, 1],
    ],
    0,
  ]);
});

test('a loop that has died is not at work, and nothing mends it but a new start', () => {
  const watch = new LoopWatch(() => 0, false);
  expect([watch.isAtWork, watch.isAlive]).toEqual([true, true]);
  watch.noteDeath();
  watch.note(ended);
  expect([watch.isAtWork, watch.isAlive]).toEqual([false, false]);
});
