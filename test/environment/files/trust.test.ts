import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { isTrusted, readTrusted, refuseForeign } from '../../../scripts/environment/files/trust';
import { makeFolder } from './children';

const [myGroup, stranger] = [process.getegid?.() ?? 0, 4711];

let file: string;

beforeEach(() => {
  file = path.join(makeFolder(), 'kept.json');
  fs.writeFileSync(file, 'the text', { mode: 0o600 });
});

/** As a stat would say it: not everybody who runs this can give files away. */
function stat(more: { uid?: number; gid?: number; mode?: number }): fs.Stats {
  return Object.assign(fs.lstatSync(file), more);
}

describe('a file', () => {
  test.each<[string, { uid?: number; gid?: number; mode?: number }, boolean]>([
    ['of this user', {}, true],
    ['of root', { uid: 0 }, true],
    ['that others may read', { mode: 0o100644 }, true],
    ['that the own group may write', { gid: myGroup, mode: 0o100660 }, true],
    ['that another group may write', { gid: stranger, mode: 0o100660 }, false],
    ['that anybody may write', { mode: 0o100602 }, false],
    ['of a stranger', { uid: stranger, mode: 0o100600 }, false],
    ['that is a link', { mode: 0o120777 }, false],
  ])('%s (%j) is trusted: %s', (_, more, expected) => {
    expect(isTrusted(stat(more))).toBe(expected);
  });

  test('is trusted by a user who is not root only if it is his own or root’s', () => {
    const user = vi.spyOn(process, 'geteuid').mockReturnValue(stranger);
    try {
      const owners = [stranger, 0, stranger + 1];
      expect(owners.map((uid) => isTrusted(stat({ uid })))).toEqual([true, true, false]);
    } finally {
      user.mockRestore();
    }
  });
});

describe('reading a file that must be trusted', () => {
  test('gives the text, and undefined when there is no file', () => {
    expect([readTrusted(file), readTrusted(`${file}.none`)]).toEqual(['the text', undefined]);
  });

  test('refuses a file that others may write, with the command that mends it', () => {
    fs.chmodSync(file, 0o606);
    expect(() => readTrusted(file)).toThrow(
      expect.objectContaining({
        code: 'foreign_file',
        kind: 'invalid',
        hint: expect.stringContaining(`chmod go-w ${file}`),
      }),
    );
  });

  test.each([
    ['that everybody may write in', { mode: 0o041777 }],
    ['of root that others may write in', { uid: 0, mode: 0o040777 }],
    ['of a stranger that many use', { uid: stranger, mode: 0o041777 }],
  ])('advises to use another folder in place of one %s, which others need as it is', (_, more) => {
    const user = vi.spyOn(process, 'geteuid').mockReturnValue(stranger + 1);
    try {
      const folder = stat({ uid: stranger + 1, ...more });
      expect(() => refuseForeign(folder, '/shared')).toThrow(
        expect.objectContaining({ hint: 'name a folder of your own, made by: mkdir -m 0700 ~/evergrant-files' }),
      );
    } finally {
      user.mockRestore();
    }
  });

  test('refuses another user’s, by uid', () => {
    const user = vi.spyOn(process, 'geteuid').mockReturnValue(stranger);
    const owner = vi.spyOn(fs, 'fstatSync').mockImplementation(() => stat({ uid: stranger + 1 }));
    try {
      expect(() => readTrusted(file)).toThrow(`belongs to another user (uid ${stranger + 1})`);
    } finally {
      user.mockRestore();
      owner.mockRestore();
    }
  });

  test('follows no link, not even to a file of this user', () => {
    const link = `${file}.link`;
    fs.symlinkSync(file, link);
    expect(() => readTrusted(link)).toThrow(expect.objectContaining({ code: 'foreign_file' }));
  });

  test('does not wait for a pipe', () => {
    const pipe = `${file}.pipe`;
    execFileSync('mkfifo', ['-m', '600', pipe]);
    expect(readTrusted(pipe)).toBe('');
  });

  test('lets system errors through', () => {
    expect(() => readTrusted(path.dirname(file))).toThrow(expect.objectContaining({ code: 'EISDIR' }));
  });
});
