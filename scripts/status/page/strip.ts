import { daysCounted, type Days } from '../../history/days';
import { counted } from '../../text/count';
import { html, type Html } from '../../text/html';

/** The last days of a connection as a picture, and what it shows, counted in days. */
export interface Strip {
  readonly picture: Html;
  readonly troubled: number;
  readonly silent: number;
}

/** A day's height. A good day leaves the upper part free, where trouble stands out by its place and not by its colour alone. */
const [height, goodTop] = [10, 4];

/**
 * The last days as a small picture, one column a day, today at the right: low bars for days with refreshes, bars above them
 * or whole columns for failures, a line at the bottom for days on which nothing happened, and nothing where nobody knows.
 * The same stands in words in its title, for those who can't see it and for whoever points at it.
 */
export function stripOf(days: Days): Strip {
  const runs = runsOf(days);
  const paths = (['g', 'b', 'n'] as const).map((kind) => {
    const d = runs.map((run) => barOf(run, kind)).join('');
    return d === '' ? '' : `<path class="${kind}" d="${d}"/>`;
  });
  const count = (...kinds: readonly Day[]): number =>
    runs.reduce((sum, { from, to, day }) => sum + (kinds.includes(day) ? to - from : 0), 0);
  const [good, troubled, silent] = [count('good', 'mixed'), count('bad', 'mixed'), count('silent')];
  const known = counted(daysCounted - days.from, 'day');
  const title = `Of ${known}: refreshed on ${good}, failures on ${troubled}, silent on ${silent}`;
  const picture = html`<svg viewBox="0 0 ${String(daysCounted)} ${String(height)}" preserveAspectRatio="none" role="img"><title>${title}</title>${{ html: paths.join('') }}</svg>`;
  return { picture, troubled, silent };
}

type Day = 'good' | 'bad' | 'mixed' | 'silent';

/** Days in a row that were alike, from one to before another. */
interface Run {
  readonly from: number;
  readonly to: number;
  readonly day: Day;
}

function runsOf(days: Days): Run[] {
  const runs: Run[] = [];
  for (let at = days.from; at < daysCounted;) {
    const day = dayOf(days, at);
    const from = at;
    while (at < daysCounted && dayOf(days, at) === day) at += 1;
    runs.push({ from, to: at, day });
  }
  return runs;
}

function dayOf({ successes, failures }: Days, at: number): Day {
  const [isGood, isBad] = [successes[at] !== 0, failures[at] !== 0];
  if (isBad) return isGood ? 'mixed' : 'bad';
  return isGood ? 'good' : 'silent';
}

/** The top and the height of what is drawn for a day: the good, the bad, and nothing. */
const bars: Readonly<Record<Day, Partial<Record<'g' | 'b' | 'n', readonly [number, number]>>>> = {
  good: { g: [goodTop, height - goodTop] },
  mixed: { g: [goodTop, height - goodTop], b: [0, goodTop] },
  bad: { b: [0, height] },
  silent: { n: [height - 1, 1] },
};

function barOf({ from, to, day }: Run, kind: 'g' | 'b' | 'n'): string {
  const bar = bars[day][kind];
  return bar === undefined ? '' : `M${from} ${bar[0]}h${to - from}v${bar[1]}h${from - to}z`;
}
