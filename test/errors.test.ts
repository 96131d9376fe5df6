import { expect, test } from 'vitest';
import { typed, withoutTyped } from '../scripts/errors';

const code = 'AbC-0123456789_xyz-0123456789';

test.each([
  ['acme', true],
  ['acme-bakery-holdings-2026', true],
  ['./Acme Pty Ltd.postman_environment.json', true],
  ['/srv/übung/acme', true],
  ["environments/Smith & Sons' (NZ).postman_environment (1).JSON", true],
  ['127.0.0.1:18099', true],
  ['[::1]:18099', true],
  ['user:18099', false],
  ['Acme!', false],
  [`https://app.example/?code=${code}.postman_environment.json`, false],
  [code, false],
  [`https://app.example/callback?code=${code}&state=s`, false],
  [`folder/callback?code=${code}`, false],
  ['folder/\u001b[2J', false],
])('a place that was typed, %j, is repeated: %j', (word, isRepeated) => {
  expect(typed(word)).toBe(isRepeated ? word : 'what was typed');
});

test.each([
  ['a\nb.postman_environment.json', String.raw`"a\nb.postman_environment.json"`],
  ['a\u00adb.postman_environment.json', String.raw`"a\u00adb.postman_environment.json"`],
  ['a\u200db.postman_environment.json', String.raw`"a\u200db.postman_environment.json"`],
  ['a\u001b[2J.postman_environment.json', String.raw`"a\u001b[2J.postman_environment.json"`],
  ['a\u{e0001}.postman_environment.json', String.raw`"a\udb40\udc01.postman_environment.json"`],
])('a file’s name, %j, shows what can’t be seen', (name, shown) => {
  expect(typed(name)).toBe(shown);
  expect(JSON.parse(shown)).toBe(name);
});

test('a message keeps the paths of the command line and none of its stranger words', () => {
  const url = `https://app.example/?code=${code}`;
  const args = ['adopt', 'acme', url, `--report=${code}`, 'a/fine/path'];
  expect(withoutTyped(`cannot read ${url} or a/fine/path or ${code} of adopt acme`, args)).toBe(
    'cannot read what was typed or a/fine/path or what was typed of adopt acme',
  );
});

test('a message keeps the name that a file of it has', () => {
  const name = 'Smith & Sons Holdings Pty Ltd';
  const message = `'${name}.postman_environment.json' is not used`;
  expect(withoutTyped(message, ['token', name])).toBe(message);
});
