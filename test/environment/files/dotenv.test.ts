import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { dotEnvFiles, envVariablesOf } from '../../../scripts/environment/files/dotenv';
import { makeFolder, startChild } from './children';

let folder: string;

beforeEach(() => {
  folder = makeFolder();
});

const write = (text: string): void => fs.writeFileSync(path.join(folder, '.env'), text);

describe('what comes from outside', () => {
  test.each<[string, Record<string, string | undefined>, string, Record<string, string>]>([
    ['the process, without a .env', { A: '1' }, '', { A: '1' }],
    ['.env', {}, 'A=1\nB=2\n', { A: '1', B: '2' }],
    ['the process over .env', { A: 'process' }, 'A=file\nB=2', { A: 'process', B: '2' }],
    ['.env when the process has it blank', { A: '' }, 'A=file', { A: 'file' }],
    ['.env when the process has it not', { A: undefined }, 'A=file', { A: 'file' }],
    ['quoted values', {}, 'A="one two"\nB=\'$x\'\nexport C=3 # why', { A: 'one two', B: '$x', C: '3' }],
    ['Windows line ends', {}, 'A=1\r\nB=2\r\n', { A: '1', B: '2' }],
    ['values with signs', {}, 'A=a+b/c==', { A: 'a+b/c==' }],
    ['the lines that make sense', {}, 'nonsense\nA=1', { A: '1' }],
    ['nothing', {}, '', {}],
  ])('is %s', (_, variables, text, expected) => {
    if (text !== '') write(text);
    expect(envVariablesOf(variables, [folder])).toEqual(expected);
  });

  test('is an error when .env cannot be read', () => {
    fs.mkdirSync(path.join(folder, '.env'));
    expect(() => envVariablesOf({}, [folder])).toThrow(
      expect.objectContaining({
        kind: 'invalid',
        code: 'unreadable',
        message: `cannot read ${path.join(folder, '.env')} (EISDIR)`,
      }),
    );
  });

  test.each<[string, (file: string) => void, string]>([
    ['others may write it', (file) => fs.chmodSync(file, 0o646), 'chmod go-w'],
    ['another group may write it', (file) => fs.chmodSync(file, 0o664), 'chmod go-w'],
    ['it is a link to what others may write', linkTo(0o666), 'chmod go-w'],
  ])('is refused where %s: it names commands, and the secret', (_, spoil, mend) => {
    write('EVERGRANT_ON_REFRESHED=evil');
    const file = path.join(folder, '.env');
    spoil(file);
    const group = vi.spyOn(process, 'getegid').mockReturnValue(4711);
    try {
      expect(() => envVariablesOf({}, [folder])).toThrow(
        expect.objectContaining({ kind: 'invalid', code: 'foreign_file', hint: expect.stringContaining(mend) }),
      );
    } finally {
      group.mockRestore();
    }
  });

  test.each(['file', 'link'])('is refused where another user has made the %s', (kind) => {
    write('EVERGRANT_ON_REFRESHED=evil');
    if (kind === 'link') linkTo(0o600)(path.join(folder, '.env'));
    const lstat = fs.lstatSync;
    const [user, owner, opened] = [
      vi.spyOn(process, 'geteuid').mockReturnValue(4711),
      vi.spyOn(fs, 'lstatSync').mockImplementation((file) => Object.assign(lstat(file), { uid: 4712 })),
      vi.spyOn(fs, 'fstatSync').mockImplementation(() => Object.assign(lstat(folder), { uid: 4712 })),
    ];
    try {
      expect(() => envVariablesOf({}, [folder])).toThrow(/another user \(uid 4712\), so it is not believed/);
    } finally {
      for (const spy of [user, owner, opened]) spy.mockRestore();
    }
  });

  test('is what an own link leads to, and what a manager of secrets serves through a pipe', async () => {
    write('A=linked');
    linkTo(0o600)(path.join(folder, '.env'));
    expect(envVariablesOf({}, [folder])).toEqual({ A: 'linked' });
    fs.rmSync(path.join(folder, '.env'));
    execFileSync('mkfifo', ['-m', '600', path.join(folder, '.env')]);
    const writer = spawn('sh', ['-c', 'echo A=piped > .env'], { cwd: folder });
    expect(envVariablesOf({}, [folder])).toEqual({ A: 'piped' });
    await once(writer, 'close');
  });

  test('changes no variable of the process and says nothing', async () => {
    write('EVERGRANT_PROBE=from-file');
    const child = startChild(
      `const { envVariablesOf } = dist('environment/files/dotenv.js');
       const outside = envVariablesOf(process.env, [args[0]]);
       say(outside.EVERGRANT_PROBE + ' ' + process.env.EVERGRANT_PROBE);`,
      [folder],
    );
    expect([await child.line(), await child.line()]).toEqual(['from-file undefined', null]);
  });
});

describe('beside the environments', () => {
  let beside: string;

  beforeEach(() => {
    beside = path.join(folder, 'environments');
    fs.mkdirSync(beside);
    write('A=here\nB=here\nXERO_CLIENT_ID=id\n');
    fs.writeFileSync(path.join(beside, '.env'), 'B=beside\nC=beside\nXERO_CLIENT_ID=x\nXERO_SCOPES=y\n', {
      mode: 0o600,
    });
  });

  test('.env is what neither the process nor the working folder sets', () => {
    const { A, B, C } = envVariablesOf({ A: 'process' }, [folder, beside]);
    expect({ A, B, C }).toEqual({ A: 'process', B: 'here', C: 'beside' });
  });

  test('it is told which file sets what, and who else can read it', () => {
    fs.chmodSync(path.join(folder, '.env'), 0o644);
    expect(dotEnvFiles({}, [folder, beside, folder])).toEqual([
      { file: path.join(folder, '.env'), names: ['XERO_CLIENT_ID'], ignored: [], closedBy: `chmod 600 ${folder}/.env` },
      { file: path.join(beside, '.env'), names: ['XERO_SCOPES'], ignored: [], closedBy: undefined },
    ]);
  });

  test('none that others may write is used', () => {
    fs.chmodSync(path.join(beside, '.env'), 0o666);
    expect(() => envVariablesOf({}, [folder, beside])).toThrow(expect.objectContaining({ code: 'foreign_file' }));
  });
});

/** Puts the file elsewhere, with a mode, and a link in its place. */
function linkTo(mode: number): (file: string) => void {
  return (file) => {
    fs.renameSync(file, `${file}.real`);
    fs.chmodSync(`${file}.real`, mode);
    fs.symlinkSync(`${file}.real`, file);
  };
}
