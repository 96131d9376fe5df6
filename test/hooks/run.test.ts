import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runHook, type HookRun } from '../../scripts/hooks/run';
import { isGone, untilGone } from '../support/processes';

const { PATH = '' } = process.env;

function run(script: string): Promise<HookRun> {
  const command = { kind: 'words', file: process.execPath, args: ['-e', script] } as const;
  return runHook(command, { PATH }, { limitMs: 60_000, patienceMs: 300 });
}

describe('what a hook prints', () => {
  test.each<[string, string, readonly string[]]>([
    ['nothing', '', []],
    ['lines, blank ones and all', `console.log('a\\n\\nb')`, ['a', '', 'b']],
    ['half a line', `process.stdout.write('a\\r\\nb')`, ['a', 'b']],
    ['errors', `console.error('a')`, ['a']],
    ['100 lines', `console.log('a\\n'.repeat(99) + 'b')`, [...Array<string>(99).fill('a'), 'b']],
    ['more than 100 lines', `console.log('a\\n'.repeat(1000))`, [...Array<string>(100).fill('a'), '…']],
    ['a long line', `console.log('a'); console.log('b'.repeat(1e6))`, ['a', '…']],
  ])('is kept: %s', async (_what, script, lines) => {
    expect(await run(script)).toEqual({ end: { kind: 'exit', code: 0 }, lines });
  });

  test('does not block it, even in megabytes', async () => {
    const script = `process.stdout.write('a'.repeat(5e6), () => process.exit(7))`;
    expect(await run(script)).toEqual({ end: { kind: 'exit', code: 7 }, lines: ['…'] });
  });
});

describe.skipIf(process.platform !== 'linux')('what a hook has started', () => {
  let folder: string;

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'evergrant-'));
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  const ignoring = `trap '' TERM;`;
  const endless = 'while :; do sleep 0.05; done';

  /** Runs a shell's script that starts another one, and goes on when that has begun; with the number of the latter. */
  async function runWithChild(name: string, first: string, then: string): Promise<HookRun & { child: number }> {
    const file = path.join(folder, name);
    const line = `sh -c "$CHILD" & while [ ! -s "$FILE" ]; do sleep 0.01; done; ${then}`;
    const variables = { PATH, FILE: file, CHILD: `${first} echo $$ > "$FILE"; ${endless}` };
    const done = await runHook({ kind: 'shell', line }, variables, { limitMs: 1500, patienceMs: 300 });
    return { ...done, child: Number(fs.readFileSync(file, 'utf8')) };
  }

  test('is killed with it at the time limit', async () => {
    const runs = [
      runWithChild('willing', '', endless),
      runWithChild('unwilling', ignoring, `${ignoring} ${endless}`),
      runWithChild('unwilling alone', ignoring, endless),
      runWithChild('unwilling and silent', `${ignoring} exec > /dev/null 2>&1;`, endless),
    ];
    for (const { end, lines, child } of await Promise.all(runs)) {
      expect({ end, lines }).toEqual({ end: { kind: 'limit' }, lines: [] });
      expect(child).toBeGreaterThan(1);
      await untilGone(child);
    }
  });

  test('goes on when the hook ends in time, and delays nothing', async () => {
    const { child, ...done } = await runWithChild('child', '', 'echo left');
    expect(done).toEqual({ end: { kind: 'exit', code: 0 }, lines: ['left'] });
    expect(isGone(child)).toBe(false);
    process.kill(child, 'SIGKILL');
  });
});

test('the stdin of a hook is empty', async () => {
  expect((await run(`process.stdin.on('data', () => {}).on('end', () => process.exit(5))`)).end).toEqual({
    kind: 'exit',
    code: 5,
  });
});

test.each([
  ['a program that does not exist', ['./no-such-program'], 'ENOENT'],
  ['a command of too many words', ['node', 'a'.repeat(5e6)], 'E2BIG'],
  ['a command with a word that no program can get', ['node', '\0'], 'ERR_INVALID_ARG_VALUE'],
])('%s is not started', async (_what, [file = '', ...args], why) => {
  const limits = { limitMs: 60_000, patienceMs: 300 };
  expect(await runHook({ kind: 'words', file, args }, { PATH }, limits)).toEqual({
    end: { kind: 'not_started', why },
    lines: [],
  });
});

test('no listener is left when a hook has ended', async () => {
  const before = process.listenerCount('exit');
  await run('');
  expect(process.listenerCount('exit')).toBe(before);
});
