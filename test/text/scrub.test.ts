import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codesIn, scrub, scrubber, secretsInAnswer } from '../../scripts/text/scrub';

const secretText = fc.string({ unit: 'binary', minLength: 8, maxLength: 60 });
const awkward = fc.string({
  unit: fc.constantFrom(...Array.from('aZ09 +/=&<>"\'`\\%!()*~-._:?#\n\r\té€😀')),
  minLength: 8,
});
const secret = fc.oneof(secretText, awkward);
const around = fc.oneof(fc.string({ unit: 'binary' }), fc.string());

const html: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#x27;',
  '`': '&#x60;',
  '=': '&#x3D;',
};
const json = (value: string): string => JSON.stringify(value).slice(1, -1);
const form = (value: string): string => new URLSearchParams({ a: value }).toString().slice(2);
const lowerPercent = (value: string): string => value.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
const handlebars = (value: string): string => value.replaceAll(/[&<>"'`=]/g, (char) => html[char] ?? char);

const typedQuery = (value: string): string =>
  Array.from(value.toWellFormed())
    .map((char) =>
      /[#\t\n\r]/.test(char) ? encodeURIComponent(char) : new URL(`http://a/?x${char}x`).search.slice(2, -1),
    )
    .join('');

const encodings: readonly (readonly [string, (value: string) => string])[] = [
  ['plain', (value) => value],
  ['percent-encoded', encodeURIComponent],
  ['percent-encoded as in a query', typedQuery],
  ['percent-encoded in small letters', (value) => lowerPercent(encodeURIComponent(value))],
  ['form-encoded', form],
  ['form-encoded in small letters', (value) => lowerPercent(form(value))],
  ['percent-encoded twice', (value) => encodeURIComponent(encodeURIComponent(value))],
  ['JSON-escaped', json],
  ['JSON-escaped twice', (value) => json(json(value))],
  ['JSON-escaped with slashes', (value) => json(value).replaceAll('/', '\\/')],
  ['HTML-escaped', handlebars],
  ['JSON-escaped, then HTML-escaped', (value) => handlebars(json(value))],
  ['hexadecimal', (value) => Buffer.from(value).toString('hex')],
  ['hexadecimal in capitals', (value) => Buffer.from(value).toString('hex').toUpperCase()],
];

describe('scrubbing a text', () => {
  test.each(encodings)('leaves no secret that is %s', (_, encode) => {
    fc.assert(
      fc.property(secret, around, around, (value, before, after) => {
        const written = encode(value);
        const clean = scrub(before + written + after, [value]);
        fc.pre(!(before + after).includes(written) && !'[secret]'.includes(value));
        expect(clean).toContain('[secret]');
        expect(clean).not.toContain(written);
      }),
    );
  });

  test.each([
    ['base64', 'base64'],
    ['base64url', 'base64url'],
  ] as const)('leaves at most the two edge characters of a secret in a longer text under %s', (_, alphabet) => {
    fc.assert(
      fc.property(secret, around, around, (value, before, after) => {
        const written = Buffer.from(before + value + after).toString(alphabet);
        const [start, end] = [Buffer.byteLength(before) * 8, Buffer.byteLength(before + value) * 8];
        const inner = written.slice(Math.ceil(start / 6), Math.floor(end / 6));
        const clean = scrub(written, [value]);
        expect(clean).not.toContain(inner);
        expect(clean).toContain('[secret]');
      }),
    );
  });

  test('leaves no line of a secret that has several', () => {
    expect(scrub('-----BEGIN\nabcdefgh', ['abcdefgh\r\nijklmnop'])).toBe('-----BEGIN\n[secret]');
  });

  test('leaves a text alone that holds no secret', () => {
    fc.assert(
      fc.property(fc.array(secret, { maxLength: 3 }), fc.string(), (secrets, text) => {
        const harmless = text.replaceAll(/[^ .,]/g, '.');
        const others = secrets.filter((one) => /[a-z0-9]/i.test(one));
        expect(scrub(harmless, others)).toBe(harmless);
      }),
    );
  });

  test.each([
    ['an empty value', ''],
    ['a value of seven characters', 'refresh'],
  ])('takes %s for no secret', (_, value) => {
    expect(scrub('refresh refreshed', [value])).toBe('refresh refreshed');
  });

  test('replaces a secret of any length as one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 8, max: 4000 }), fc.constantFrom('a', 'ab/=', 'é<1'), (length, unit) => {
        const long = unit.repeat(length).slice(0, length);
        expect(scrub(`(${long})`, [long])).toBe('([secret])');
      }),
      { numRuns: 20 },
    );
  });

  test.each<[string, (size: number) => string[], (size: number) => string]>([
    ['a long secret that repeats itself', (size) => [`${'a'.repeat(size)}b`], (size) => 'a'.repeat(2 * size)],
    [
      'many secrets that begin alike',
      (size) => Array.from({ length: size / 10 }, (_, at) => `aaaaaaaa${at}`),
      (size) => 'aaaaaaaa-'.repeat(size),
    ],
  ])('takes time in proportion to the text with %s', (_, secretsOf, textOf) => {
    const timeOf = (size: number): number => {
      const [clean, text] = [scrubber(secretsOf(size)), textOf(size)];
      return Math.min(...[1, 2, 3, 4, 5].map(() => timed(() => clean(text))));
    };
    timeOf(4000);
    expect(timeOf(64_000) / timeOf(4000)).toBeLessThan(64); // 16 times the text; each letter with each other one: 256
  });

  test('takes the longer of two secrets first', () => {
    expect(scrub('id:the-secret the-secret', ['the-secret', 'id:the-secret'])).toBe('[secret] [secret]');
  });
});

function timed(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

const tokens = { access_token: 'aaaa-1111', refresh_token: 'rrrr-2222', id_token: 'iiii-3333', expires_in: 1800 };
const values = ['aaaa-1111', 'rrrr-2222', 'iiii-3333'];

describe('the secrets in an answer', () => {
  test.each([
    ['a token set', JSON.stringify(tokens), values],
    ['a token set over several lines', JSON.stringify(tokens, null, 2), values],
    ['spaces before the colon', '{"access_token" \n : \t "aaaa-1111"}', ['aaaa-1111']],
    ['a token set inside another object', JSON.stringify({ result: [{ tokens }] }), values],
    ['a token that is cut off', '{"refresh_token":"rrrr-22', ['rrrr-22']],
    ['a token cut off inside an escape', '{"refresh_token":"rrrr\\u00', ['rrrr']],
    ['a token cut off after a backslash', '{"refresh_token":"rrrr\\', ['rrrr']],
    ['a token with escapes', '{"refresh_token":"r\\/r\\"r\\u00e9"}', ['r/r"ré']],
    [
      'a JWT in a text',
      'got eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln-_ back',
      ['eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln-_'],
    ],
    ['a JWT that is cut off', 'eyJhbGciOiJSUzI1NiJ9.eyJz', ['eyJhbGciOiJSUzI1NiJ9.eyJz']],
    ['an error', '{"error":"invalid_grant"}', []],
    ['HTML', '<html>access_token</html>', []],
    ['nothing', '', []],
  ])('are found in %s', (_, body, expected) => {
    expect(secretsInAnswer(body)).toEqual(expected);
  });

  test.each([
    ['plain letters', 'a'],
    ['escapes', '\\\\a'],
    ['backslashes', '\\'],
    ['broken characters', '\ufffd'],
    ['beginnings of a token', 'eyJ'],
    ['tokens', 'eyJaaaaaaaa.'],
    ['names', '"id_token":"'],
  ])('are looked for within seconds in a megabyte of %s, cut off or not', (_, unit) => {
    const filling = unit.repeat(1_000_000 / unit.length);
    for (const end of ['', 'x"', 'x"}\\']) {
      const body = `{"id_token":"${filling}${end}`;
      expect(timed(() => secretsInAnswer(body))).toBeLessThan(10_000);
    }
  });

  test('are found as far as an answer came, wherever it is cut off', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 32 }), fc.nat(), (value, cut) => {
        const body = JSON.stringify({ token_type: 'Bearer', access_token: value });
        const start = body.length - 2 - json(value).length;
        const came = body.slice(0, start + 32 + (cut % (json(value).length - 31)));
        const clean = scrub(came, secretsInAnswer(came));
        expect(clean.slice(0, start + 8)).toBe(`${came.slice(0, start)}[secret]`);
      }),
    );
  });
});

describe('the codes in a text', () => {
  test.each([
    ['a callback URL', 'https://app.example/callback?code=abc-123&state=x', ['abc-123', 'abc-123']],
    ['a code that comes last', 'https://app.example/?state=x&code=abc-123', ['abc-123', 'abc-123']],
    ['a code in the fragment', 'https://app.example/#code=abc-123', ['abc-123', 'abc-123']],
    ['a code that is encoded', 'https://app.example/?code=a%2Fb%3D&x', ['a%2Fb%3D', 'a/b=']],
    ['a code that is encoded wrongly', 'https://app.example/?code=a%2', ['a%2', 'a%2']],
    ['a quoted URL', '"https://app.example/?code=abc-123"', ['abc-123', 'abc-123']],
    ['two URLs', '/?code=one-1 /?code=two-2', ['one-1', 'one-1', 'two-2', 'two-2']],
    ['a bare query', 'code=abc-123&state=x', ['abc-123', 'abc-123']],
    ['an exit code', 'exitcode=12', []],
    ['nothing', '', []],
  ])('are found in %s', (_, text, expected) => {
    expect(codesIn(text)).toEqual(expected);
  });
});
