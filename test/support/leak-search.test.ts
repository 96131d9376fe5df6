import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodingsOf } from './encodings';
import { leaksIn } from './leak-search';

/** A value that nothing else has, with a character that encodings change in any eight in a row. */
const makeSecret = (): string =>
  Array.from(`+/=&"'<>+/`, (char) => randomBytes(4).toString('hex').slice(1) + char).join('');

const secret = makeSecret();
const foundIn = (text: string, ...secrets: string[]): string[] => leaksIn(text, secrets).map((leak) => leak.secret);
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const hex = (text: string): string => Buffer.from(text).toString('hex');
const perCode = (write: (code: number) => string): string =>
  secret.replaceAll(/[+/=&"'<>]/g, (char) => write(char.charCodeAt(0)));

describe('a secret is found', () => {
  test.each<[string, string]>([
    ['plain', secret],
    ['in an address', encodeURIComponent(secret)],
    ['in an address in small letters', encodeURIComponent(secret).replaceAll(/%../g, (code) => code.toLowerCase())],
    ['in an address in an address', encodeURIComponent(encodeURIComponent(secret))],
    ['in a form', new URLSearchParams({ secret }).toString()],
    ['in JSON', JSON.stringify({ secret })],
    ['in JSON in JSON', JSON.stringify(JSON.stringify({ secret }))],
    ['in JSON of PHP', JSON.stringify(secret).replaceAll('/', '\\/')],
    ['in JSON of ASCII letters', perCode((code) => `\\u00${code.toString(16)}`)],
    ['in HTML of Handlebars', secret.replaceAll('=', '&#x3D;')],
    ['in HTML in decimal', perCode((code) => `&#${code};`)],
    ['in HTML in hexadecimal', perCode((code) => `&#x${code.toString(16).toUpperCase()};`)],
    ['in hexadecimal', hex(secret)],
    ['in hexadecimal in capitals', hex(secret).toUpperCase()],
    ...['', 'x', 'xx', 'id:'].map((before): [string, string] => [
      `in base64 behind ${before.length} characters`,
      base64(`${before}${secret}`),
    ]),
    ...['', 'x', 'xx'].map((before): [string, string] => [
      `in base64url behind ${before.length} characters`,
      Buffer.from(`${before}${secret}`).toString('base64url'),
    ]),
  ])('%s', (_, text) => {
    expect(foundIn(`before ${text} after`, secret)).toEqual([secret]);
  });

  test('by any thirty characters in a row of any encoding, wherever they stand', () => {
    const missed = encodingsOf(secret).flatMap(([encoding, encoded]) =>
      Array.from({ length: encoded.length - 29 }, (_, at) => at)
        .filter((at) => leaksIn(`${'-'.repeat(at)}${encoded.slice(at, at + 30)}`, [secret]).length === 0)
        .map((at) => `${encoding} from ${at} on`),
    );
    expect(missed).toEqual([]);
  });

  test('at the very beginning, at the very end, and in one text with others', () => {
    const others = Array.from({ length: 300 }, makeSecret);
    expect(foundIn(secret, secret)).toEqual([secret]);
    expect(foundIn(`…${secret}`, ...others, secret)).toEqual([secret]);
    expect(foundIn(others.map(hex).join(''), secret, ...others)).toEqual(others);
  });

  test('though another begins or ends as it does, or it is a part of another', () => {
    const [begin, end] = [makeSecret(), makeSecret()];
    const kin = [`${begin}${end}`, `${begin}-`, `-${end}`, begin, end];
    expect(foundIn(kin[0] ?? '', ...kin)).toEqual(kin);
    expect(foundIn(begin, ...kin)).toEqual([`${begin}${end}`, `${begin}-`, begin]);
  });

  test.each(['eight888', 'seventeen-letters', 'nineteen-characters'])(
    'whole, though it is as short as “%s”',
    (short) => {
      expect(foundIn(`a${short}b`, short)).toEqual([short]);
      expect(foundIn(`a${base64(`x${short}${'-'.repeat(9)}`)}b`, short)).toEqual(short.length > 12 ? [short] : []);
      expect(foundIn(`a${short.slice(0, -1)}`, short)).toEqual([]);
    },
  );

  test('by the name of its first encoding', () => {
    expect(leaksIn(hex(secret) + perCode((code) => `&#${code};`), [secret])).toEqual([
      { secret, encoding: 'HTML-escaped in decimal' },
    ]);
    expect(leaksIn('plain-in-all-of-them', ['plain-in-all-of-them'])).toMatchObject([{ encoding: 'plain' }]);
  });
});

describe('nothing is found', () => {
  test('of a secret that was asked for another time', () => {
    const other = makeSecret();
    expect(foundIn(other, other)).toEqual([other]);
    expect(foundIn(other, secret)).toEqual([]);
  });

  test('of fewer than twenty characters in a row', () => {
    const cut = Array.from({ length: Math.ceil(secret.length / 19) }, (_, at) => secret.slice(at * 19, at * 19 + 19));
    expect(foundIn(cut.join('|'), secret)).toEqual([]);
  });

  test('of the beginning of an address, but of a whole one', () => {
    const address = `http://localhost:8080/callback?code=${'c'.repeat(30)}`;
    expect(foundIn(address.slice(0, -1), address)).toEqual([]);
    expect(foundIn(`at ${address}`, address)).toEqual([address]);
  });

  test('in what is too short to be a secret, or is none at all', () => {
    expect(foundIn('seven77 and nothing', 'seven77', '')).toEqual([]);
    expect(foundIn('', secret)).toEqual([]);
  });
});

test('what is found is what a search for each piece by itself finds', () => {
  const alphabet = fc.constantFrom('a', 'b', '+', '/');
  const secrets = fc.array(fc.string({ unit: alphabet, minLength: 8, maxLength: 45 }), { minLength: 1, maxLength: 3 });
  const cuts = fc.array(fc.tuple(fc.nat(60), fc.nat(60), fc.nat(25)), { maxLength: 8 });
  fc.assert(
    fc.property(secrets, cuts, (given, places) => {
      const all = given.flatMap((one) => encodingsOf(one).map(([, encoded]) => encoded));
      const text = places.map(([from, length, of]) => (all[of] ?? '').slice(from, from + length)).join('');
      expect(leaksIn(text, given)).toEqual(leaksOneByOne(text, given));
    }),
    { numRuns: 500 },
  );
});

function leaksOneByOne(text: string, secrets: readonly string[]): object[] {
  const holds = (encoded: string): boolean =>
    Array.from({ length: Math.floor(encoded.length / 10) }, (_, at) => encoded.slice(at * 10, at * 10 + 20)).some(
      (piece) => piece.length === 20 && text.includes(piece),
    );
  return [...new Set(secrets)].flatMap((one) =>
    encodingsOf(one)
      .filter(([, encoded]) => encoded.length > 7 && (text.includes(encoded) || holds(encoded)))
      .slice(0, 1)
      .map(([encoding]) => ({ secret: one, encoding })),
  );
}
