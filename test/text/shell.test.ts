import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shellQuoted } from '../../scripts/text/shell';

test.each([
  ['environments/acme.json', 'environments/acme.json'],
  ['Acme Pty Ltd.json', "'Acme Pty Ltd.json'"],
  ["O'Neill.json", "'O'\"'\"'Neill.json'"],
  ['a$(id)`id`.json', "'a$(id)`id`.json'"],
  ['Café.json', "'Café.json'"],
  ['', "''"],
  ['a\nb', "$'a\\x0ab'"],
  ["it's\u202e", "$'it\\'s\\xe2\\x80\\xae'"],
])('%j is one word: %s', (text, word) => {
  expect(shellQuoted(text)).toBe(word);
});

test('a shell reads back what was quoted, and what is shown is one line', () => {
  const names = fc.string({ unit: 'binary', maxLength: 40 }).filter((name) => !/\0/.test(name) && name.isWellFormed());
  fc.assert(
    fc.property(fc.array(names, { minLength: 1, maxLength: 20 }), (texts) => {
      const words = texts.map(shellQuoted);
      const output = execFileSync('bash', ['-c', `printf '%s\\0' ${words.join(' ')}`], { encoding: 'utf8' });
      expect(output.split('\0').slice(0, -1)).toEqual(texts);
      expect(words.join('')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }),
    { numRuns: 30 },
  );
});
