import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { checkFolder, fileMode, tokenPlace } from '../../../scripts/serve/files/place';

let root: string;
beforeEach(() => (root = fs.mkdtempSync(path.join(os.tmpdir(), 'place-'))));

describe('the pattern', () => {
  test('names a file for each environment, and finds the name again', () => {
    const place = tokenPlace('/run/evergrant/xero-{name}.json');
    expect([place.folder, place.fileOf('acme.eu')]).toEqual(['/run/evergrant', '/run/evergrant/xero-acme.eu.json']);
    expect(
      ['xero-acme.json', 'acme.json', 'xero-.json', 'xero-../x.json', '.xero-acme.json.0.tmp'].map(place.nameOf),
    ).toEqual(['acme', undefined, undefined, undefined, undefined]);
  });

  test.each(['../x', 'a/b', '', '.', 'A', 'x\0'])('takes no name that leads elsewhere: %j', (name) => {
    expect(() => tokenPlace('/run/{name}').fileOf(name)).toThrow('no name of an environment');
  });

  test.each(['/run/evergrant/token', '/run/{name}/token', '/run/{name}-{name}', '/run/{name}/{name}', '{NAME}'])(
    '%s is refused',
    (pattern) => {
      expect(() => tokenPlace(pattern)).toThrow(/last part has \{name\}/);
    },
  );
});

test.each([
  ['0640', 0o640],
  ['600', 0o600],
])('--files-mode %s', (text, mode) => expect(fileMode(text)).toBe(mode));

test.each(['0644', '0660', '0666', '0400', '777', 'rw', ''])('--files-mode %j is refused', (text) => {
  expect(() => fileMode(text)).toThrow(/0600 or 0640/);
});

describe.skipIf(process.platform === 'win32')('the folder', () => {
  test('is made, for this user only', () => {
    checkFolder(path.join(root, 'tokens'), { mode: 0o600 });
    expect(fs.statSync(path.join(root, 'tokens')).mode & 0o777).toBe(0o700);
  });

  test('is refused where others may put files in place of these', () => {
    fs.chmodSync(root, 0o777);
    expect(() => checkFolder(root, { mode: 0o600 })).toThrow(/can be written by other users/);
    fs.chmodSync(root, 0o1777);
    expect(() => checkFolder(root, { mode: 0o600 })).toThrow(/can be written by other users/);
  });

  test('is no file, and not missing with its parent', () => {
    fs.writeFileSync(path.join(root, 'file'), '');
    expect(() => checkFolder(path.join(root, 'file'), { mode: 0o600 })).toThrow(/is no folder/);
    expect(() => checkFolder(path.join(root, 'no/such'), { mode: 0o600 })).toThrow(/ENOENT/);
  });

  test.runIf(process.getuid?.() === 0)('is refused where a link of another user leads to it', () => {
    fs.mkdirSync(path.join(root, 'real'));
    fs.symlinkSync('real', path.join(root, 'link'));
    checkFolder(path.join(root, 'link'), { mode: 0o600 });
    fs.lchownSync(path.join(root, 'link'), 1234, 1234);
    expect(() => checkFolder(path.join(root, 'link'), { mode: 0o600 })).toThrow(/link of another user/);
  });

  test.skipIf(process.getuid?.() !== 0)('advises no change of a folder that is not this user’s own', () => {
    fs.chownSync(root, 1234, 1234);
    expect(() => checkFolder(root, { mode: 0o600 })).toThrow(
      expect.objectContaining({ code: 'foreign_file', hint: expect.stringMatching(/^name a folder of your own/) }),
    );
  });
});
