import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';

/** Where secrets belong: the environment files themselves and what is kept beside them, but for the log. */
const homes = /postman_environment\.json$|[\\/]\.evergrant[\\/](?!log)|\.recovery$|[\\/]\.env$/;

/**
 * Asserts that a text holds none of the secrets, in any encoding that a program might have put them in, nor thirty
 * characters in a row of one.
 */
export function expectNoSecret(text: string, secrets: Iterable<string>, where: string): void {
  const pieces = piecesOf(text);
  for (const secret of secrets) {
    const found = encodings(secret).filter(([, encoded]) => isIn(text, pieces, encoded, secret));
    expect(found.slice(0, 1).map(([name]) => `${where} holds a ${secret.slice(0, 4)}… ${name}`)).toEqual([]);
  }
}

/** Asserts that no file below a folder holds a secret, nor its name, but for the environments themselves. */
export function expectNoSecretInFiles(folder: string, secrets: Iterable<string>): void {
  for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    expectNoSecret(path.relative(folder, file), secrets, 'the name of a file');
    if (entry.isFile() && !homes.test(file)) expectNoSecret(fs.readFileSync(file, 'latin1'), secrets, file);
  }
}

const pieceLength = 20;

/** Every run of so many characters in a text. */
function piecesOf(text: string): ReadonlySet<string> {
  return new Set(
    Array.from({ length: Math.max(0, text.length - pieceLength + 1) }, (_, at) => text.slice(at, at + pieceLength)),
  );
}

function isIn(text: string, pieces: ReadonlySet<string>, encoded: string, secret: string): boolean {
  if (encoded.length <= 7) return false;
  if (text.includes(encoded)) return true;
  if (/^https?:/.test(secret)) return false; // an address whose beginning is no secret
  for (let at = 0; at + pieceLength <= encoded.length; at += 10) {
    if (pieces.has(encoded.slice(at, at + pieceLength))) return true;
  }
  return false;
}

const known = new Map<string, readonly (readonly [string, string])[]>();

function encodings(secret: string): readonly (readonly [string, string])[] {
  const found = known.get(secret) ?? encode(secret);
  known.set(secret, found);
  return found;
}

function encode(secret: string): readonly (readonly [string, string])[] {
  const aligned = [0, 1, 2].map((offset): [string, string] => {
    const whole = Buffer.from(`${'x'.repeat(offset)}${secret}`).toString('base64');
    return [`base64 at ${offset}`, whole.slice(4, Math.floor(whole.length / 4) * 4 - 4)];
  });
  const url = encodeURIComponent(secret);
  const hex = Buffer.from(secret).toString('hex');
  const json = JSON.stringify(secret).slice(1, -1);
  return [
    ['plain', secret],
    ['URL-encoded', url],
    ['URL-encoded in small letters', url.replaceAll(/%../g, (code) => code.toLowerCase())],
    ['URL-encoded twice', encodeURIComponent(url)],
    ['form-encoded', new URLSearchParams({ s: secret }).toString().slice(2)],
    ['JSON-escaped', json],
    ['JSON-escaped twice', JSON.stringify(json).slice(1, -1)],
    ['JSON-escaped with its slashes', json.replaceAll('/', '\\/')],
    ['escaped by code points', escapedWith(secret, (code) => `\\u${code.toString(16).padStart(4, '0')}`)],
    ['HTML-escaped', secret.replaceAll('=', '&#x3D;')],
    ['HTML-escaped in decimal', escapedWith(secret, (code) => `&#${code};`)],
    ['HTML-escaped in hexadecimal', escapedWith(secret, (code) => `&#x${code.toString(16).toUpperCase()};`)],
    ['hexadecimal', hex],
    ['hexadecimal in capitals', hex.toUpperCase()],
    ...aligned,
    ...aligned.map(([name, value]): [string, string] => [
      `${name}url`,
      value.replaceAll('+', '-').replaceAll('/', '_'),
    ]),
  ];
}

function escapedWith(secret: string, escape: (code: number) => string): string {
  return secret.replaceAll(/[^\w.-]/g, (char) => escape(char.charCodeAt(0)));
}
