import { Command } from 'commander';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { similarTo } from '../../scripts/text/similar';

const names = ['acme', 'acme-books', 'birch', 'maple-bakery', 'maple-bakers'];

test.each([
  ['acm', ['acme']],
  ['amce', ['acme']],
  ['acmee', ['acme']],
  ['brich', ['birch']],
  ['maple-bakerz', ['maple-bakers', 'maple-bakery']],
  ['acme-boks', ['acme-books']],
  ['zzz', []],
  ['', []],
  ['eyJhbGciOiJSUzI1NiIsImtpZCI6IjFDQUY4RTY2NzcyRDZEQzAyOEQ2NzI2RkQwMjYxNTgxNTcwRUZDMTkiLCJ0eXAiOiJKV1QifQ', []],
])('%s may mean %j', (word, expected) => {
  expect(similarTo(word, names)).toEqual(expected);
});

/** What commander suggests for a mistyped command. */
function suggestedByCommander(word: string, candidates: readonly string[]): string[] {
  let said = '';
  const program = new Command().exitOverride().configureOutput({ writeErr: (text) => (said += text) });
  for (const name of candidates) program.command(name).action(() => undefined);
  try {
    program.helpCommand(false).parse([word], { from: 'user' });
  } catch {
    // what it says is in `said`
  }
  const [, suggested] = /\(Did you mean (?:one of )?(.+)\?\)/.exec(said) ?? [];
  return suggested?.split(', ') ?? [];
}

test('what may be meant is what commander would suggest', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 2, maxLength: 7 });
  const words = fc.uniqueArray(word, { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(word, words, (typed, candidates) => {
      fc.pre(!candidates.includes(typed));
      expect(similarTo(typed, candidates)).toEqual(suggestedByCommander(typed, candidates));
    }),
    { numRuns: 500 },
  );
});
