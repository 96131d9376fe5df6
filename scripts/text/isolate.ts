/** The first characters of scripts that are written from right to left: Hebrew, Arabic and their relatives. */
const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]|\ud802|\ud803|\ud83a|\ud83b/;
const [opening, closing] = ['\u2068', '\u2069'];

/**
 * A name for use inside a sentence. One that is written from right to left is isolated, so that it doesn't turn the words
 * beside it around (Unicode Standard Annex #9 §2.4); any other is unchanged.
 */
export function isolated(name: string): string {
  return rightToLeft.test(name) ? opening + name + closing : name;
}

/** A sentence as its parts: words, and isolated names, which a page puts into `<bdi>`. */
export function partsOf(sentence: string): readonly { readonly words: string; readonly name: string }[] {
  const parts = sentence.split(/[\u2068\u2069]/);
  return parts.map((part, at) => (at % 2 === 1 ? { words: '', name: part } : { words: part, name: '' }));
}
