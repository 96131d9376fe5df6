import { randomBytes } from 'node:crypto';
import { invalid } from '../errors';
import { fingerprint } from '../text/fingerprint';

/** What a key opens: access tokens, or everything else (refresh tokens, client secrets, verifiers, callback URLs). */
export const keyClasses = ['access', 'refresh'] as const;
export type KeyClass = (typeof keyClasses)[number];

/** The keys that a person keeps. They wrap the store's data keys; a machine that only uses tokens has the first alone. */
export type WrappingKeys = Readonly<Partial<Record<KeyClass, Buffer>>>;

const line = /^evergrant-key:1:(access|refresh):([\w-]{43})$/;
const keyBytes = 32;

/** Two new random keys. */
export function newWrappingKeys(): Required<WrappingKeys> {
  return { access: randomBytes(keyBytes), refresh: randomBytes(keyBytes) };
}

/** The text of a key file, a line for each key. */
export function textOfKeys(keys: WrappingKeys): string {
  const given = keyClasses.flatMap((one) => {
    const key = keys[one];
    return key === undefined ? [] : `evergrant-key:1:${one}:${key.toString('base64url')}\n`;
  });
  return given.join('');
}

/**
 * The keys in a text: one to a line, or several between blanks; lines that begin with # are for people.
 * @throws Failure `invalid` that says what is wrong and repeats nothing of the text
 */
export function keysIn(text: string, where: string): WrappingKeys {
  const words = text
    .split(/\r?\n/)
    .filter((one) => !one.trimStart().startsWith('#'))
    .flatMap((one) => one.split(/\s+/))
    .filter((word) => word !== '');
  if (words.length === 0) throw invalid('bad_key', `there is no key in ${where}`, keyHint);
  const keys: Partial<Record<KeyClass, Buffer>> = {};
  for (const word of words) {
    const [, kind, encoded = ''] = line.exec(word) ?? [];
    const key = Buffer.from(encoded, 'base64url');
    if ((kind !== 'access' && kind !== 'refresh') || key.length !== keyBytes) {
      throw invalid('bad_key', `what is in ${where} is no key of evergrant`, keyHint);
    }
    if (keys[kind] !== undefined) throw invalid('bad_key', `there are two ${kind} keys in ${where}`, keyHint);
    keys[kind] = key;
  }
  return keys;
}

const keyHint =
  'a key is a line "evergrant-key:1:access:…" or "evergrant-key:1:refresh:…"; they are made by npx evergrant key init --to FILE';

/** What tells one wrapping key from others and reveals nothing of it. */
export function keyFingerprint(key: Buffer): string {
  return fingerprint(`evergrant wrapping key ${key.toString('base64url')}`);
}
