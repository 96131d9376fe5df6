import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { listenForSignals, type StopSignals } from '../../scripts/terminal/signals';

let world: EventEmitter;
let exits: number[];
let signals: StopSignals;

beforeEach(() => {
  vi.useFakeTimers();
  exits = [];
  world = Object.assign(new EventEmitter(), { exit: (code: number) => void exits.push(code) });
  signals = listenForSignals(world as NodeJS.Process); // all that it uses of a process
});

afterEach(() => void vi.useRealTimers());

test('a signal ends a process that does nothing, after what is to be done first', async () => {
  const done: number[] = [];
  signals.beforeEnd(async (code) => void done.push(code));
  world.emit('SIGHUP');
  expect(exits).toEqual([]);
  await vi.advanceTimersByTimeAsync(0);
  expect([done, exits]).toEqual([[129], [129]]);
});

test('what is to be done first takes a second and a half at the most, and another signal waits for nothing', async () => {
  signals.beforeEnd(() => new Promise(() => undefined));
  world.emit('SIGTERM');
  await vi.advanceTimersByTimeAsync(1499);
  expect(exits).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(exits).toEqual([143]);
  signals.beforeEnd(() => new Promise(() => undefined));
  world.emit('SIGINT');
  world.emit('SIGINT');
  expect(exits).toEqual([143, 130]);
});

test('work that must not be interrupted is waited for, and nothing is done first', async () => {
  const done: number[] = [];
  signals.beforeEnd(async (code) => void done.push(code));
  let finish = (): void => undefined;
  const work = signals.uninterrupted(() => new Promise<void>((resolve) => void (finish = resolve)));
  world.emit('SIGTERM');
  finish();
  await work;
  await vi.runAllTimersAsync();
  expect([done, exits, signals.isStopping(), signals.exitCode()]).toEqual([[], [], true, 143]);
});

test('what is no more to be done first is not done', () => {
  signals.beforeEnd(async () => undefined)();
  world.emit('SIGTERM');
  expect(exits).toEqual([143]);
});
