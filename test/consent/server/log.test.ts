import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CallbackLog } from '../../../scripts/consent/server/log';

let lines: string[];
let log: CallbackLog;

beforeEach(() => {
  vi.useFakeTimers();
  lines = [];
  log = new CallbackLog(
    (line) => void lines.push(line),
    () => new Date('2026-11-22T10:00:00Z'),
  );
});

afterEach(() => {
  vi.useRealTimers();
});

test('an entry is one line, whatever it quotes', () => {
  log.write('acme: connected to A\nB\r\n2026-11-22 forged: line\u2028C\u001b[31m\u202eD\ud800');
  expect(lines).toEqual(['2026-11-22T10:00:00.000Z acme: connected to A B 2026-11-22 forged: line C [31m D\ufffd']);
  log.write('x'.repeat(5_000));
  expect(lines[1]?.length).toBeLessThan(1_100);
});

test('of many failures a few are written and the others counted, for each environment and for strangers', () => {
  for (let count = 0; count < 1_000; count++) log.writeFailure('', 'refused: no link of ours');
  for (let count = 0; count < 3; count++) log.writeFailure('acme', 'acme: refused: Cancel');
  expect(lines.length).toBe(23);
  vi.advanceTimersByTime(60_000);
  expect(lines.slice(23)).toEqual(['2026-11-22T10:00:00.000Z refused: 980 more in a minute']);
  log.writeFailure('', 'refused: no link of ours');
  expect(lines.length).toBe(25);
});

test('what was not written yet is counted at the end', () => {
  for (let count = 0; count < 21; count++) log.writeFailure('acme', 'acme: refused');
  log.close();
  expect(lines.at(-1)).toBe('2026-11-22T10:00:00.000Z acme: refused: 1 more in a minute');
  expect(vi.getTimerCount()).toBe(0);
});
