import { beforeEach, expect, test } from 'vitest';
import { repeat } from '../../scripts/serve/repeat';

const [secondMs, minuteMs, hourMs] = [1000, 60_000, 3_600_000];

/** A machine whose time passes only while somebody sleeps. */
class Machine {
  wallMs = Date.parse('2026-11-22T10:00:00Z');
  monotonic = 0;
  /** What happens at the first sleep after a time. */
  readonly later: { atMs: number; act: () => void }[] = [];
  readonly runs: number[] = [];
  underWay = 0;
  mostUnderWay = 0;
  isStopped = false;
  random = 0.5;
  tookMs = 0;

  async run(): Promise<void> {
    this.runs.push(this.monotonic);
    this.mostUnderWay = Math.max(this.mostUnderWay, ++this.underWay);
    await this.sleep(this.tookMs);
    this.underWay--;
  }

  async sleep(ms: number): Promise<void> {
    await Promise.resolve();
    this.wallMs += ms;
    this.monotonic += ms;
    for (const one of this.later.splice(0)) {
      if (one.atMs <= this.monotonic) one.act();
      else this.later.push(one);
    }
  }

  /** When each run began, in seconds, until this time. */
  async secondsUntil(endMs: number): Promise<number[]> {
    this.later.push({ atMs: endMs, act: () => (this.isStopped = true) });
    await repeat(() => this.run(), {
      now: () => new Date(this.wallMs),
      monotonicMs: () => this.monotonic,
      sleep: (ms) => this.sleep(ms),
      random: () => this.random,
      isStopping: () => this.isStopped,
    });
    return this.runs.map((ms) => ms / secondMs);
  }
}

let machine: Machine;

beforeEach(() => (machine = new Machine()));

test('runs at once and then every minute', async () => {
  expect(await machine.secondsUntil(3.5 * minuteMs)).toEqual([0, 60, 120, 180]);
});

test('counts the minute from the beginning of a run, not from its end', async () => {
  machine.tookMs = 40 * secondMs;
  expect(await machine.secondsUntil(2.5 * minuteMs)).toEqual([0, 60, 120]);
});

test('runs never overlap: after one that took longer, the next follows', async () => {
  machine.tookMs = 100 * secondMs;
  expect(await machine.secondsUntil(5 * minuteMs)).toEqual([0, 100.5, 201]);
  expect(machine.mostUnderWay).toBe(1);
});

test.each([
  [0, 54],
  [1, 66],
])('replicas drift apart by a tenth at most (%f)', async (random, seconds) => {
  machine.random = random;
  expect(await machine.secondsUntil(seconds * secondMs + 400)).toEqual([0, seconds]);
});

test('a machine that was suspended runs as soon as it wakes', async () => {
  machine.later.push({ atMs: 10 * secondMs, act: () => (machine.wallMs += 8 * hourMs) });
  expect(await machine.secondsUntil(30 * secondMs)).toEqual([0, 10]);
});

test.each([
  ['back', -8 * hourMs, [0, 60, 120]],
  ['forward', 8 * hourMs, [0, 10, 70, 130]],
])('a wall clock that is set %s by hours delays no run', async (_, byMs, runs) => {
  machine.later.push({ atMs: 10 * secondMs, act: () => (machine.wallMs += byMs) });
  expect(await machine.secondsUntil(2.5 * minuteMs)).toEqual(runs);
});

test('a stop is obeyed within half a second, and a run under way ends first', async () => {
  await machine.secondsUntil(70 * secondMs + 1);
  expect(machine.monotonic).toBeLessThanOrEqual(70.5 * secondMs + 1);
  machine = new Machine();
  machine.tookMs = 20 * secondMs;
  await machine.secondsUntil(65 * secondMs);
  expect([machine.underWay, machine.monotonic]).toEqual([0, 80.5 * secondMs]);
});
