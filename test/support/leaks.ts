import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';

/** Where secrets belong: the environment files themselves and what is kept beside them. */
const homes = /postman_environment\.json$|[\\/]\.evergrant[\\/]|\.recovery$|[\\/]\.env$/;

/** Asserts that a text holds none of the secrets, in any encoding that a program might have put them in. */
export function expectNoSecret(text: string, secrets: Iterable<string>, where: string): void {
  for (const secret of secrets) {
    const found = encodings(secret).filter(([, encoded]) => encoded.length > 7 && text.includes(encoded));
    expect(found.map(([name]) => `${where} holds a ${secret.slice(0, 4)}… ${name}`)).toEqual([]);
  }
}

/** Asserts that no file below a folder holds a secret, but for the environments themselves. */
export function expectNoSecretInFiles(folder: string, secrets: Iterable<string>): void {
  for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (entry.isFile() && !homes.test(file)) expectNoSecret(fs.readFileSync(file, 'latin1'), secrets, file);
  }
}

function encodings(secret: string): [string, string][] {
  const aligned = [0, 1, 2].map((offset): [string, string] => {
    const whole = Buffer.from(`${'x'.repeat(offset)}${secret}`).toString('base64');
    return [`base64 at ${offset}`, whole.slice(4, Math.floor(whole.length / 4) * 4 - 4)];
  });
  const url = new URLSearchParams({ s: secret }).toString().slice(2);
  return [
    ['plain', secret],
    ['URL-encoded', encodeURIComponent(secret)],
    ['URL-encoded in small letters', encodeURIComponent(secret).replaceAll(/%../g, (code) => code.toLowerCase())],
    ['form-encoded', url],
    ['JSON-escaped', JSON.stringify(secret).slice(1, -1)],
    ['HTML-escaped', secret.replaceAll('=', '&#x3D;')],
    ['hexadecimal', Buffer.from(secret).toString('hex')],
    ...aligned,
    ...aligned.map(([name, value]): [string, string] => [
      `${name}url`,
      value.replaceAll('+', '-').replaceAll('/', '_'),
    ]),
  ];
}
