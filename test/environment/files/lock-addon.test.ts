import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { tryLock } from '../../../scripts/environment/files/lock-addon';
import { makeFolder, startChild } from './children';

let file: string;

beforeEach(() => {
  file = path.join(makeFolder(), 'lock');
  fs.writeFileSync(file, '');
});

/** A process that says what its own try for the file gives, after `machine` has changed what it sees around it. */
async function tried(machine: string): Promise<unknown> {
  const child = startChild(
    `${machine}
     const attempt = () => dist('environment/files/lock-addon.js').tryLock(fs.openSync(args[0], 'r+'));
     try { say(JSON.stringify(attempt())); }
     catch ({ kind, code, message, hint }) { say(JSON.stringify({ kind, code, message, hint })); }`,
    [file],
  );
  const line = await child.line();
  await child.ended;
  return JSON.parse(line ?? '');
}

/** Alpine, as the packages that look for addons know it: it has no build of its own. */
const alpine = `const { existsSync } = fs;
  fs.existsSync = (file) => file === '/etc/alpine-release' || existsSync(file);`;

const withoutAddons = `require.extensions['.node'] = () => {
  throw Object.assign(new Error('secret text of the loader'), { code: 'ERR_DLOPEN_FAILED' });
};`;

const onPlatform = (platform: string, arch: string): string =>
  `for (const [key, value] of Object.entries(${JSON.stringify({ platform, arch })})) Object.defineProperty(process, key, { value });`;

describe('the lock', () => {
  test('is free, and is held by one alone', async () => {
    expect(await tried('')).toBe(true);
    const descriptor = fs.openSync(file, 'r+');
    expect(tryLock(descriptor)).toBe(true);
    expect(await tried('')).toBe(false);
    fs.closeSync(descriptor);
  });

  test('is the same one on Alpine, which the package has no build for', async () => {
    expect(await tried(alpine)).toBe(true);
    const descriptor = fs.openSync(file, 'r+');
    expect(tryLock(descriptor)).toBe(true);
    expect(await tried(alpine)).toBe(false);
    fs.closeSync(descriptor);
  });
});

describe('a machine that cannot load the lock says what is needed', () => {
  test.each([
    ['where there is a build that does not load', withoutAddons, /CANNOT_LOAD/, /npm ci.*noexec/],
    ['on Alpine too', alpine + withoutAddons, /Alpine.*ADDON_NOT_FOUND/, /npm ci.*noexec/],
    ['where there is no build', onPlatform('freebsd', 'x64'), /freebsd x64.*ADDON_NOT_FOUND/, /Linux.*macOS.*Windows/],
    ['on a 32-bit machine', onPlatform('linux', 'arm'), /linux arm\b.*ADDON_NOT_FOUND/, /Linux.*macOS.*Windows/],
  ])('%s', async (_, machine, message, hint) => {
    expect(await tried(machine)).toEqual({
      kind: 'invalid',
      code: 'no_lock',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
  });
});
