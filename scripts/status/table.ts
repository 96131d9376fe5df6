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

/** As many of the most urgent rows as a window holds, with the time and the counts below them. */
export function statusFrame(
  rows: readonly StatusRow[],
  now: Date,
  style: Style,
  { columns, lines }: { readonly columns: number; readonly lines: number },
): string[] {
  const shown = rows.slice(0, Math.max(1, lines - 3));
  const table = rows.length === 0 ? ['no environments'] : statusTable(shown, now, style, columns);
  const part =
    rows.length > shown.length ? `first ${formatNumber(shown.length)} of ${formatNumber(rows.length)}: ` : '';
  const foot = `${now.toTimeString().slice(0, 8)}  ${part}${formatCounts(rows)}`;
  return [...table, '', style.dim(cut(foot, columns))];
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
