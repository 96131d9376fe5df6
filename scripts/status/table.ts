import type { Style } from '../terminal/console';
import { cut, layOut } from '../text/columns';
import { formatNumber } from '../text/count';
import { statusCells, statusColumns, formatCounts } from './cells';
import { wordOf, type StatusRow } from './rows';
import type { StandingWord } from './standing';

/** The status as the lines of a table, none longer than `columns` characters. */
export function statusTable(rows: readonly StatusRow[], now: Date, style: Style, columns: number): string[] {
  const cells = rows.map((row) => statusCells(row, now));
  const [header = [], ...body] = layOut(statusColumns, cells, columns);
  const lines = body.map(([name = '', state, ...rest], index) => {
    const coloured = state === undefined ? [] : [colourOf(style, rows[index])(state)];
    return [name, ...coloured, ...rest].join('  ').trimEnd();
  });
  return [style.dim(header.join('  ').trimEnd()), ...lines];
}

/** How many lines of a window are not for rows. */
const linesOfFrame = 3;

/** How many rows a window holds. */
export function rowsInFrame({ lines }: { readonly lines: number }): number {
  return Math.max(1, lines - linesOfFrame);
}

/** As many of the most urgent rows as a window holds, with the time and the counts of all below them. */
export function statusFrame(
  rows: readonly StatusRow[],
  counts: ReadonlyMap<StandingWord, number>,
  now: Date,
  style: Style,
  window: { readonly columns: number; readonly lines: number },
): string[] {
  const shown = rows.slice(0, rowsInFrame(window));
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const table = total === 0 ? ['no environments'] : statusTable(shown, now, style, window.columns);
  const part = total > shown.length ? `first ${formatNumber(shown.length)} of ${formatNumber(total)}: ` : '';
  const foot = `${now.toTimeString().slice(0, 8)}  ${part}${formatCounts(counts)}`;
  return [...table, '', style.dim(cut(foot, window.columns))];
}

/** What is well, and what a person may leave alone for a while; all else is red. */
const [green, yellow]: readonly (readonly StandingWord[])[] = [
  ['connected', 'refreshing'],
  ['interrupted', 'never_connected', 'waiting', 'moved'],
];

function colourOf(style: Style, row: StatusRow | undefined): (text: string) => string {
  const word = row && wordOf(row);
  if (word !== undefined && green?.includes(word) === true) return style.green;
  return word !== undefined && yellow?.includes(word) === true ? style.yellow : style.red;
}
