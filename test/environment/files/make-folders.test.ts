import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { makeFolders } from '../../../scripts/environment/files/make-folders';
import { makeFolder, modeOf } from './children';

test('the missing folders of a path are made with the mode, and existing ones stay as they are', () => {
  const root = makeFolder();
  makeFolders(path.join(root, 'a', 'b'), 0o700);
  makeFolders(path.join(root, 'a', 'b'), 0o755);
  expect([modeOf(path.join(root, 'a')), modeOf(path.join(root, 'a', 'b'))]).toEqual([0o700, 0o700]);
});

test('a folder cannot be made when a file is in the way, which is said', () => {
  const file = path.join(makeFolder(), 'file');
  fs.writeFileSync(file, '');
  expect(() => makeFolders(file)).toThrow(expect.objectContaining({ code: 'EEXIST' }));
  expect(() => makeFolders(path.join(file, 'below'))).toThrow(expect.objectContaining({ code: 'ENOTDIR' }));
});

test.runIf(process.platform === 'linux')(
  'making a folder ends on a system that calls the parent missing again and again',
  () => {
    expect(() => makeFolders('/proc/evergrant/below')).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  },
);
