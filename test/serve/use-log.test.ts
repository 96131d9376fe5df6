import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { UseLog } from '../../scripts/serve/use-log';

beforeEach(() => void vi.useFakeTimers({ now: Date.parse('2026-11-22T10:00:00.000Z') }));

afterEach(() => void vi.useRealTimers());

test('a failure is written at once, and how often it came again at the end of its minute', () => {
  const lines: string[] = [];
  const log = new UseLog(
    (line) => void lines.push(line),
    () => new Date(),
  );
  for (let at = 0; at < 60; at += 1) log.count('failed: acme makes no sense');
  expect(lines).toEqual(['2026-11-22T10:00:00.000Z failed: acme makes no sense']);
  vi.advanceTimersByTime(60_000);
  expect(lines.slice(1)).toEqual(['2026-11-22T10:01:00.000Z failed: acme makes no sense, 59 more in a minute']);
  log.close();
});
