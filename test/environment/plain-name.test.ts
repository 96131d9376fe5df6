import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isPlainId, plainName } from '../../scripts/environment/plain-name';

describe('a name from Xero', () => {
  test.each([
    ['as it is', 'Maple Bakery', 'Maple Bakery'],
    ['in any script', '株式会社 山田 & Söhne · مخبز', '株式会社 山田 & Söhne · مخبز'],
    ['with single braces', 'The {Best} Shop', 'The {Best} Shop'],
    ['line breaks', 'Maple\r\nBakery\nLtd', 'Maple Bakery Ltd'],
    ['line and paragraph separators', 'Maple\u2028Bakery\u2029Ltd', 'Maple Bakery Ltd'],
    ['white space', '  Maple \t Bakery\u00a0 ', 'Maple Bakery'],
    ['an escape sequence', '\u001b[2J\u001b]0;owned\u0007Maple', '[2J ]0;owned Maple'],
    ['C1 controls', 'Maple\u009b31mBakery', 'Maple 31mBakery'],
    ['bidi controls', '\u202eyrekaB\u202c \u2066elpaM\u2069\u200e\u200f\u061c', 'yrekaB elpaM'],
    ['zero-width characters', 'Ma\u200bple\u200c\u200d \u2060Bak\ufeffe\u00adry', 'Maple Bakery'],
    ['tags and variation selectors', 'Maple\u{e0041}\u{e007f}\ufe0f', 'Maple'],
    ['blank letters', '\u3164\u115f\uffa0', ''],
    ['a variable', '{{client_secret}}', '{client_secret}'],
    ['a variable in disguise', '{\u200b{vault:x}\u202e}', '{vault:x}'],
    ['braces that would meet', '{}}{code}{{}', '{}{code}{}'],
    ['half a surrogate pair', 'Maple\ud800', 'Maple\ufffd'],
    ['nothing', '', ''],
  ])('is plain: %s', (_, given, plain) => {
    expect(plainName(given)).toBe(plain);
  });

  test('is cut at 200 characters, and never through one', () => {
    expect(plainName('😀'.repeat(500))).toBe('😀'.repeat(200));
    expect(plainName(`${'a'.repeat(199)} b`)).toBe('a'.repeat(199));
  });

  test('is a plain line whatever it was, and the same when cleaned again', () => {
    const hostile = fc.string({ unit: fc.constantFrom('{', '}', '\u200b', '\n', ' ', '\u202e', '\u001b', 'a', '😀') });
    fc.assert(
      fc.property(fc.oneof(hostile, fc.string({ unit: 'binary', maxLength: 300 })), (given) => {
        const plain = plainName(given);
        expect(plain).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]|\{\{|\}\}|\s\s|^\s|\s$/u);
        expect(Array.from(plain).length).toBeLessThanOrEqual(200);
        expect(plainName(plain)).toBe(plain);
      }),
      { numRuns: 1000 },
    );
  });
});

test.each([
  ['70784a63-d24b-46a9-a4db-0e70a274b056', true],
  ['', false],
  ['a b', false],
  ['{{code}}', false],
  ['a\r\nx-evil: 1', false],
  ['../organisation', false],
  ['a'.repeat(101), false],
])('%j is an id of Xero: %s', (text, is) => {
  expect(isPlainId(text)).toBe(is);
});
