import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { once } from 'node:events';
import { beforeEach, describe, expect, test } from 'vitest';
import { awaitGiven, readGiven } from '../scripts/given-file';
import { makeWorkplace, type Workplace } from './support/program';
import { projectFolder } from './support/project';
import { refusal } from './support/refusal';

const onUnix = process.platform !== 'win32';
let place: Workplace;
const at = (name: string): string => path.join(place.folder, name);
const writing = (pipe: string, shell: string): void => void spawn('sh', ['-c', `(${shell}) > "$0"`, pipe]);

beforeEach(() => {
  place = makeWorkplace();
  if (onUnix) execFileSync('mkfifo', [at('pipe')]);
});

describe('a file that is named', () => {
  test('is read up to its limit', async () => {
    fs.writeFileSync(at('file'), 'x'.repeat(1024));
    expect(readGiven(at('file'), 1024).toString()).toBe('x'.repeat(1024));
    expect((await awaitGiven(at('file'), 1024)).length).toBe(1024);
    fs.writeFileSync(at('file'), 'x'.repeat(1025));
    expect(() => readGiven(at('file'), 1024)).toThrow('more than 1 KB');
    await expect(awaitGiven(at('file'), 1024)).rejects.toThrow('more than 1 KB');
  });

  test.runIf(onUnix)('may be a pipe, whose writer comes later and pauses', async () => {
    writing(at('pipe'), 'sleep 0.2; printf one; sleep 0.2; printf two');
    expect(readGiven(at('pipe'), 1024).toString()).toBe('onetwo');
    writing(at('pipe'), 'sleep 0.2; printf one; sleep 0.2; printf two');
    expect((await awaitGiven(at('pipe'), 1024)).toString()).toBe('onetwo');
  });

  test.runIf(onUnix)('is waited for ten seconds at most where nobody can be asked', { timeout: 30_000 }, () => {
    expect(() => readGiven(at('pipe'), 1024)).toThrow('nothing came for 10 s');
  });

  test.runIf(onUnix)('may be one that never ends', () => {
    writing(at('pipe'), 'yes');
    expect(() => readGiven(at('pipe'), 1024)).toThrow('more than 1 KB');
  });
});

describe.runIf(onUnix)('a secret', () => {
  beforeEach(async () => {
    await place.run(['init', 'acme', '--app-type', 'web']);
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('is waited for until %s', async (signal, code) => {
    const line = [path.join(projectFolder(), 'dist/cli.js'), 'set', 'acme', '--secret-from', 'pipe'];
    const child = spawn(process.execPath, line, { cwd: place.folder, stdio: 'ignore' });
    const writer = await fs.promises.open(at('pipe'), 'w'); // opens once it is read
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([code, null]);
    await writer.close();
  });

  test.each(['pipe', '.'])('is not read from %s without end', async (file) => {
    writing(at('pipe'), 'yes');
    expect(await place.run(['set', 'acme', '--secret-from', file])).toMatchObject(
      refusal(2, /cannot read the secret/, /name the file/),
    );
  });

  test('is taken from a process of the shell, and from standard input', async () => {
    const script =
      'node "$0" set acme --secret-from <(sleep 0.2; echo "$1") && echo "$1-2" | node "$0" set acme --secret-from /dev/stdin';
    const line = [path.join(projectFolder(), 'dist/cli.js'), 'Some-Secret-0123456789'];
    execFileSync('bash', ['-c', script, ...line], { cwd: place.folder, stdio: 'ignore' });
    expect(place.rows('acme')['client_secret']).toBe('Some-Secret-0123456789-2');
  });

  test('is refused where standard input is much more', async () => {
    expect(await place.run(['set', 'acme', '--secret-from', '-'], { input: 'y\n'.repeat(40_000) })).toMatchObject(
      refusal(2, /standard input has more than 64 KB/, /nothing but/),
    );
  });
});

describe.runIf(onUnix)('what never ends keeps no command waiting', () => {
  test.each<[string, string[], Record<string, string>, RegExp]>([
    ['a key', ['key', 'init'], { EVERGRANT_KEY_FILE: 'pipe' }, /cannot read the key in pipe/],
    ['a collection', ['lint', 'pipe'], {}, /cannot read pipe/],
    ['a recording', ['qa', '--replay', 'pipe'], {}, /cannot read pipe/],
    ['a state', ['sandbox', '--state', '.'], {}, /cannot read \. \(EISDIR\)/],
    [
      'a certificate',
      ['list'],
      { EVERGRANT_STORE: 'postgres://h/d?sslrootcert=pipe' },
      /cannot read pipe, which sslrootcert names/,
    ],
    ['a service', ['list'], { EVERGRANT_STORE: 'postgres://?service=one', PGSERVICEFILE: 'pipe' }, /cannot read pipe/],
  ])('that should be %s', async (_, args, variables, problem) => {
    writing(at('pipe'), 'yes');
    expect(await place.run(args, { variables })).toMatchObject(refusal(2, problem, /./));
  });
});
