import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { makeFolders } from '../../../scripts/environment/files/make-folders';
import { makeFolder, modeOf } from './children';

test('makes what is missing of a path, with the mode, and leaves what is there', () => {
  const root = makeFolder();
  makeFolders(path.join(root, 'a', 'b'), 0o700);
  makeFolders(path.join(root, 'a', 'b'), 0o755);
  expect([modeOf(path.join(root, 'a')), modeOf(path.join(root, 'a', 'b'))]).toEqual([0o700, 0o700]);
});

test('says why a folder cannot be made where a file is in the way', () => {
  const file = path.join(makeFolder(), 'file');
  fs.writeFileSync(file, '');
  expect(() => makeFolders(file)).toThrow(expect.objectContaining({ code: 'EEXIST' }));
  expect(() => makeFolders(path.join(file, 'below'))).toThrow(expect.objectContaining({ code: 'ENOTDIR' }));
});

test.runIf(process.platform === 'linux')('ends where a system takes no folder and calls its parent missing', () => {
  expect(() => makeFolders('/proc/evergrant/below')).toThrow(expect.objectContaining({ code: 'ENOENT' }));
});
