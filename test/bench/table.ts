/** A figure, what it must be, and whether it is. */
export interface Row {
  readonly what: string;
  readonly measured: string;
  readonly limit: string;
  readonly isMet: boolean;
}

export function atMostSeconds(what: string, measured: number, limit: number): Row {
  return { what, measured: `${measured.toFixed(1)} s`, limit: `at most ${limit} s`, isMet: measured <= limit };
}

const [begin, end] = ['<!-- made by npm run bench -->', '<!-- end of what npm run bench makes -->'];

export function tableOf(rows: readonly Row[]): string {
  const lines = rows.map(
    ({ what, measured, limit, isMet }) => `| ${what} | ${measured}${isMet ? '' : ' (missed)'} | ${limit} |`,
  );
  return ['| | measured | wanted |', '| - | - | - |', ...lines].join('\n');
}

/** Puts a text in the place of the one that the bench has made before. @throws when there is no such place */
export function putInto(document: string, text: string): string {
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from === -1 || to < from) throw new Error('the document has no place for the table');
  return `${document.slice(0, from + begin.length)}\n\n${text}\n\n${document.slice(to)}`;
}
