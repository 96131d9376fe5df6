import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { weaknessOf } from '../../scripts/environment/weak-secret';

test.each<[string, string | undefined]>([
  ['', undefined],
  ['short-2026', 'it has fewer than 16 characters'],
  ['fifteen-chars-1', 'it has fewer than 16 characters'],
  ['12121212121212121212', 'it repeats a few characters'],
  ['acme-bakery-2026-main', 'it is a name that stands elsewhere, too'],
  ['refresh_token_expires_at', 'it is a name that stands elsewhere, too'],
  ['correct horse battery staple', 'it looks like words'],
  ['CORRECT-HORSE-BATTERY', 'it looks like words'],
  ['sixteen-chars-1z', undefined],
])('what is weak of the client secret %j: %s', (secret, weakness) => {
  expect(weaknessOf(secret, ['acme', 'acme-bakery-2026-main'])).toBe(weakness);
});

test('a secret as Xero makes them is not weak', () => {
  const secrets = Array.from({ length: 1000 }, () => randomBytes(36).toString('base64url'));
  expect(secrets.filter((secret) => weaknessOf(secret, []) !== undefined)).toEqual([]);
});
