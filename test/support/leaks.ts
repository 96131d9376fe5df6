import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { leaksIn } from './leak-search';

/** Where secrets belong: the environment files themselves and what is kept beside them, but for the log. */
const homes = /postman_environment\.json$|[\\/]\.evergrant[\\/](?!log)|\.recovery$|[\\/]\.env$/;

/**
 * Asserts that a text holds none of the secrets, in any encoding that a program might have put them in, nor thirty
 * characters in a row of one.
 */
export function expectNoSecret(text: string, secrets: Iterable<string>, where: string): void {
  const leaks = leaksIn(text, secrets);
  expect(leaks.map(({ secret, encoding }) => `${where} holds a ${secret.slice(0, 4)}… ${encoding}`)).toEqual([]);
}

/** Asserts that no file below a folder holds a secret, nor its name, but for the environments themselves. */
export function expectNoSecretInFiles(folder: string, secrets: Iterable<string>): void {
  for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    expectNoSecret(path.relative(folder, file), secrets, 'the name of a file');
    if (entry.isFile() && !homes.test(file)) expectNoSecret(fs.readFileSync(file, 'latin1'), secrets, file);
  }
}
