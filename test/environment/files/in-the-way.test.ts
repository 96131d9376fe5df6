import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { hintFor, isPassing, letRead, obstacleOf } from '../../../scripts/environment/files/in-the-way';
import { thisUser } from '../../../scripts/owner/user';
import { makeFolder } from './children';

let folder: string;

beforeEach(() => {
  folder = makeFolder();
  fs.mkdirSync(path.join(folder, '.evergrant/acme'), { recursive: true });
  fs.writeFileSync(path.join(folder, '.evergrant/acme/lock'), '');
});

function systemError(code: string, at?: string): Error {
  return Object.assign(new Error(code), { code, ...(at === undefined ? {} : { path: at }) });
}

/** As somebody else sees what this user has made. */
function asAnother<T>(look: () => T): T {
  const user = vi.spyOn(process, 'geteuid').mockReturnValue(4711);
  try {
    return look();
  } finally {
    user.mockRestore();
  }
}

test('who may let this user read a file is its owner, or root', () => {
  const file = path.join(folder, '.evergrant/acme/lock');
  expect(letRead(file)).toBe(`let this user read it: chmod u+rwX ${file}`);
  const given = (place: string): string => `give it to this user: sudo chown -R ${thisUser()}: ${place}`;
  expect(asAnother(() => letRead(file))).toBe(given(file));
  expect(asAnother(() => letRead(path.join(folder, 'gone/acme.json')))).toBe(given(folder));
});

describe('what is in the way', () => {
  test('is what another user has left in .evergrant, not the environment’s file', () => {
    const lock = path.join(folder, '.evergrant/acme/lock');
    const keep = path.join(folder, '.evergrant');
    const found = asAnother(() => obstacleOf(systemError('EACCES', lock), path.join(folder, 'acme.json')));
    expect(found).toEqual({
      path: keep,
      code: 'EACCES',
      hint: `give it to this user: sudo chown -R ${thisUser()}: ${keep}`,
    });
  });

  test('is another user’s file where there is one', () => {
    const file = path.join(folder, 'acme.json');
    fs.writeFileSync(file, '');
    expect(asAnother(() => obstacleOf(systemError('EPERM'), file))).toMatchObject({
      path: file,
      hint: expect.stringContaining(`sudo chown -R ${thisUser()}: ${file}`),
    });
  });

  test('is the folder of a file that is not there yet', () => {
    const file = path.join(folder, 'new.json');
    expect(obstacleOf(systemError('EACCES', file), file)).toEqual({
      path: folder,
      code: 'EACCES',
      hint: `let its owner in: chmod u+rwX ${folder}`,
    });
  });

  test.each<[string, RegExp]>([
    ['EBUSY', /mount the folder \/srv\/env, not the file acme\.json alone/],
    ['EROFS', /read-only/],
    ['ENOLCK', /takes no locks/],
    ['EMFILE', /ulimit -n/],
    ['ENFILE', /ulimit -n/],
    ['ENOSPC', /make room/],
    ['ESTALE', /mount it again/],
  ])('is said of %s', (code, hint) => {
    expect(obstacleOf(systemError(code), '/srv/env/acme.json').hint).toMatch(hint);
    expect(hintFor(code, '/srv/env/acme.json')).toMatch(hint);
  });
});

test('only the error of too many open files passes by itself', () => {
  expect(['EMFILE', 'ENFILE', 'EAGAIN', 'ENOSPC', 'EROFS'].map(isPassing)).toEqual([true, true, true, false, false]);
});
