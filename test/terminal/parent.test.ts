import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { endWithNpm } from '../../scripts/terminal/parent';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** How often a process is told to end, whose parent goes after a second; `script` is what npm ran, if it did. */
function timesEnded(script: string | undefined): number {
  const program = Object.assign(new EventEmitter(), {
    env: script === undefined ? {} : { npm_lifecycle_script: script },
    ppid: 2 ** 30, // no process has this number
  });
  let times = 0;
  program.on('SIGTERM', () => times++);
  endWithNpm(program as unknown as NodeJS.Process); // all of a process that it looks at
  vi.advanceTimersByTime(1000);
  expect(times).toBe(0);
  program.ppid = 1;
  vi.advanceTimersByTime(5000);
  return times;
}

test.each([
  'evergrant',
  "'evergrant' refresh --all",
  'ts-node scripts/cli.ts refresh --all',
  'node dist/cli.js listen && echo done',
  'node /srv/evergrant/dist/cli.js refresh --all >> log 2>&1',
])('what npm runs ends with it, once: %s', (script) => {
  expect(timesEnded(script)).toBe(1);
});

test.each([
  undefined,
  'node server.js',
  'vitest run',
  'bash',
  'nohup evergrant listen',
  'evergrant listen &',
  'evergrant listen & sleep 1',
  'setsid evergrant listen',
])('what was not run by npm, or is to stay, outlives its parent: %s', (script) => {
  expect(timesEnded(script)).toBe(0);
});
