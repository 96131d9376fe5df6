import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { accountOf, canRead, ownerOf } from '../../scripts/owner/owners';
import { makeFolder } from '../environment/files/children';

const [root, ada, bob] = [0, 54_321, 54_322];

let folder: string;
let theirs: string;

/** Whose a place is taken for, and its mode: not everybody who runs this can give files away. */
let owned: Map<string, { uid: number; mode?: number }>;

beforeEach(() => {
  folder = path.join(makeFolder(), 'environments');
  theirs = path.join(path.dirname(folder), 'theirs');
  for (const one of [folder, theirs]) fs.mkdirSync(one);
  owned = new Map();
  for (const look of ['statSync', 'lstatSync'] as const) {
    const original = fs[look];
    vi.spyOn(fs, look).mockImplementation((place) => {
      const seen = look === 'statSync' ? fs.realpathSync(place) : String(place);
      return Object.assign(original(place), { uid: root, gid: root, ...owned.get(seen) });
    });
  }
});
afterEach(() => void vi.restoreAllMocks());

function file(at: string, name: string): string {
  fs.writeFileSync(path.join(at, name), '');
  return path.join(at, name);
}

describe('an environment belongs to', () => {
  test('root, where nobody else has a hand in it', () => {
    expect(ownerOf(file(folder, 'acme'))).toMatchObject({ uid: root });
  });

  test('whose the folder is, whoever made the file', () => {
    owned.set(folder, { uid: ada }).set(path.join(folder, 'acme'), { uid: bob });
    expect([ownerOf(file(folder, 'acme')), ownerOf(path.join(folder, 'none/none'))]).toMatchObject([
      { uid: ada },
      { uid: ada },
    ]);
  });

  test('root in a folder of root’s that others can’t write, whose the file may be', () => {
    owned.set(path.join(folder, 'acme'), { uid: ada });
    expect(ownerOf(file(folder, 'acme'))).toMatchObject({ uid: root });
  });

  test('who made it in a folder that others may write', () => {
    owned.set(folder, { uid: root, mode: 0o41777 }).set(path.join(folder, 'acme'), { uid: ada });
    expect(ownerOf(file(folder, 'acme'))).toMatchObject({ uid: ada });
  });

  test('whose the folder is that a link leads to, and who planted the link before that', () => {
    owned.set(theirs, { uid: bob });
    fs.symlinkSync(file(theirs, 'acme'), path.join(folder, 'acme'));
    expect(ownerOf(path.join(folder, 'acme'))).toMatchObject({ uid: bob });
    owned.set(folder, { uid: ada });
    expect(ownerOf(path.join(folder, 'acme'))).toMatchObject({ uid: ada });
  });
});

test('a user without an entry gets the group of what he owns, and never root’s', () => {
  expect([accountOf({ uid: ada, gid: bob }), accountOf({ uid: ada, gid: 0 })]).toEqual([
    { uid: ada, gid: bob, name: undefined, home: undefined },
    { uid: ada, gid: ada, name: undefined, home: undefined },
  ]);
});

test('a user with an entry gets his own group and home', () => {
  expect(accountOf({ uid: 0, gid: bob })).toMatchObject({ uid: 0, gid: 0, name: 'root', home: expect.any(String) });
});

describe('a file is out of a user’s reach', () => {
  test.each<[string, () => void, boolean]>([
    ['by nothing', () => undefined, true],
    ['by its own mode', () => owned.set(path.join(folder, 'program'), { uid: root, mode: 0o100700 }), false],
    ['by that of a folder above it', () => owned.set(path.dirname(folder), { uid: root, mode: 0o40700 }), false],
    [
      'but not by a mode for others, where it is his',
      () => owned.set(path.join(folder, 'program'), { uid: ada, mode: 0o100400 }),
      true,
    ],
  ])('%s', (_, close, expected) => {
    const program = file(folder, 'program');
    for (const place of [program, folder, path.dirname(folder)]) owned.set(place, { uid: root, mode: 0o40755 });
    close();
    expect(canRead({ uid: ada, gid: ada, name: undefined, home: undefined }, program)).toBe(expected);
  });
});
