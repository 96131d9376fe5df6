import type getTruncatedWidth from 'fast-string-truncated-width' with { 'resolution-mode': 'import' };

export interface Column {
  readonly title: string;
  /** Its width, in characters, while another column can still be made narrower. */
  readonly narrowest: number;
  /** The order in which columns are made narrower, lowest first. */
  readonly givesWay: number;
}

const gap = 2;

/**
 * Lays out cells under their titles, which are the first line. Cells are padded to their column's width, and cut so
 * that no line is longer than `limit` characters (`Infinity`: no limit). Columns for which there is no space are left
 * out.
 */
export function layOut(columns: readonly Column[], rows: readonly (readonly string[])[], limit: number): string[][] {
  const all = [columns.map(({ title }) => title), ...rows];
  const natural = columns.map((_, at) => all.reduce((widest, row) => Math.max(widest, widthOf(row[at] ?? '')), 0));
  const widths = fit(columns, natural, limit);
  return all.map((row) => widths.map((width, at) => padded(row[at] ?? '', width)));
}

/** How many columns of a terminal a text takes; Chinese, Japanese and Korean characters take two. */
export function widthOf(text: string): number {
  return isPlain(text) ? text.length : measure()(text).width;
}

/** The text, cut with an ellipsis if it is wider than this. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  if (width < 1) return '';
  let kept = '';
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (widthOf(kept + segment) >= width) break;
    kept += segment;
  }
  return `${kept}…`;
}

function padded(text: string, width: number): string {
  const fitting = cut(text, width);
  return fitting + ' '.repeat(Math.max(0, width - widthOf(fitting)));
}

function fit(columns: readonly Column[], natural: readonly number[], limit: number): number[] {
  const widths = [...natural];
  const tooMuch = (): number => widths.reduce((sum, width) => sum + width, gap * (widths.length - 1)) - limit;
  const turns = columns.map(({ givesWay, narrowest }, at) => ({ givesWay, narrowest, at }));
  for (const { at, narrowest } of turns.sort((a, b) => a.givesWay - b.givesWay)) {
    const width = widths[at] ?? 0;
    widths[at] = Math.min(width, Math.max(narrowest, width - Math.max(0, tooMuch())));
  }
  while (widths.length > 1 && tooMuch() > 0) widths.pop();
  return widths.map((width) => Math.min(width, Math.max(limit, 0)));
}

function isPlain(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

/** Loaded only for a text that isn't plain, because `status` is run often. */
function measure(): typeof getTruncatedWidth {
  return (require('fast-string-truncated-width') as { default: typeof getTruncatedWidth }).default;
}
