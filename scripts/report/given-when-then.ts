import type { Fact } from './page';

/** A scenario's story, as its folder in the collection tells it. */
export interface Story {
  readonly story: readonly Fact[];
  readonly notes: readonly string[];
}

const told = /^(?:\*\*(Given|When|Then)\*\* |(Source): )(.*)$/s;

/** Given, when, then and source out of a folder's description; every other paragraph is a note. */
export function timelineOf(description: string): Story {
  const paragraphs = description.split(/\n{2,}/).filter(Boolean);
  const story = paragraphs.flatMap((paragraph): Fact[] => {
    const [, part, source, text = ''] = told.exec(paragraph) ?? [];
    const term = part ?? source;
    return term === undefined ? [] : [{ term, text: plain(text) }];
  });
  return { story, notes: paragraphs.filter((paragraph) => !told.test(paragraph)).map(plain) };
}

function plain(markdown: string): string {
  return markdown.replaceAll(/[`*]{1,2}/g, '');
}
