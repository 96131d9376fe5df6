import type { Fact } from './page';

/** The parts of a scenario's description. */
export interface DescriptionParts {
  readonly story: readonly Fact[];
  readonly notes: readonly string[];
}

const partPattern = /^(?:\*\*(Given|When|Then)\*\* |(Source): )(.*)$/s;

/** Reads given, when, then and source from a folder's description; every other paragraph is a note. */
export function readDescription(description: string): DescriptionParts {
  const paragraphs = description.split(/\n{2,}/).filter(Boolean);
  const story = paragraphs.flatMap((paragraph): Fact[] => {
    const [, part, source, text = ''] = partPattern.exec(paragraph) ?? [];
    const term = part ?? source;
    return term === undefined ? [] : [{ term, text: plain(text) }];
  });
  return { story, notes: paragraphs.filter((paragraph) => !partPattern.test(paragraph)).map(plain) };
}

function plain(markdown: string): string {
  return markdown.replaceAll(/[`*]{1,2}/g, '');
}
