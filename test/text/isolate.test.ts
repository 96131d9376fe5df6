import { expect, test } from 'vitest';
import { htmlSentence } from '../../scripts/text/html';
import { isolated, partsOf } from '../../scripts/text/isolate';

test.each(['Maple Bakery', 'Ærø Brød', '株式会社', '', '<b>'])('the name %j stays as it is in a sentence', (name) => {
  expect(isolated(name)).toBe(name);
});

test.each(['מאפייה', 'مخبز', 'Maple (מאפייה)', '\u{10900}'])(
  'the name %s is isolated from the words beside it',
  (name) => {
    const sentence = `${isolated(name)} is connected`;
    expect(partsOf(sentence)).toEqual([
      { words: '', name: '' },
      { words: '', name },
      { words: ' is connected', name: '' },
    ]);
    expect(htmlSentence(sentence).html).toBe(`<bdi>${name}</bdi> is connected`);
  },
);
