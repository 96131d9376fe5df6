import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { counted } from '../../scripts/text/count';

test.each([
  [0, '0 environments'],
  [1, '1 environment'],
  [2, '2 environments'],
  [10_000, '10,000 environments'],
])('%i is told as %s', (count, expected) => {
  expect(counted(count, 'environment')).toBe(expected);
});

/** Nouns that the program counts: a text that puts a number before one of them says it by `counted`. */
const nouns =
  'environments?|connections?|organisations?|scenarios?|scopes?|requests?|findings?|consents?|files?|tokens?';

test('no text of the program has a plural that a 1 may stand before', () => {
  const sources = fs
    .readdirSync('scripts', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'));
  const numberBefore = new RegExp(
    `(?:length|count|size|total|left|[sS]hown|\\bn)\\)?\\} (?:more |further )?(?:${nouns})\\b`,
  );
  const found = sources.flatMap((file) =>
    fs
      .readFileSync(path.join('scripts', file), 'utf8')
      .split('\n')
      .filter((line) => numberBefore.test(line) && !line.includes('All ${total}'))
      .map((line) => `${file}: ${line.trim()}`),
  );
  expect(found).toEqual([]);
});
