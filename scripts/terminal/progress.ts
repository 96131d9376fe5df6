import { formatDuration } from '../text/duration';

/** The progress of a long run, shown on a terminal. */
export interface Progress {
  /** One more is done. */
  advance(): void;
  /** Removes the bar; the next line takes its place. */
  end(): void;
}

/** A bar with rate and time left if `stream` is a terminal; otherwise nothing. `unit` is what is counted, in the plural. */
export function progressOn(stream: NodeJS.WriteStream, total: number, unit: string): Progress {
  if (!stream.isTTY) return { advance: () => {}, end: () => {} };
  const { SingleBar, Format } = require('cli-progress') as typeof import('cli-progress');
  const startedMs = performance.now();
  let pace: Pace = { total, done: 0, elapsedMs: 0, silentMs: 0 };
  let advancedMs = startedMs;
  const bar = new SingleBar({
    // Redrawn several times a second, so the times go on while nothing is done.
    format: (options, { progress }) => {
      const nowMs = performance.now();
      pace = { ...pace, elapsedMs: nowMs - startedMs, silentMs: nowMs - advancedMs };
      return `${Format.BarFormat(progress, options)} ${formatPace(pace, unit)}`;
    },
    stream,
    clearOnComplete: true,
    barsize: 30,
    hideCursor: true,
    linewrap: false,
  });
  bar.start(total, 0);
  return {
    advance: () => {
      advancedMs = performance.now();
      pace = { ...pace, done: pace.done + 1 };
      bar.update(pace.done);
    },
    end: () => bar.stop(),
  };
}

/** How far a run is: what is done, of how many, and for how long it has run and nothing more was done. */
export interface Pace {
  readonly total: number;
  readonly done: number;
  readonly elapsedMs: number;
  readonly silentMs: number;
}

/** What is done at once comes in bursts; a silence is told only when it is longer than the pauses between these. */
const shortestSilenceMs = 3000;

/**
 * The numbers beside the bar. The time left is told by the rate of the whole run. When nothing was done for longer than that
 * time, as when a server has stopped answering, the estimate is wrong: then the bar says what is waited for, and how long.
 */
export function formatPace({ total, done, elapsedMs, silentMs }: Pace, unit: string): string {
  const count = `${done}/${total} ${unit}`;
  const left = total - done;
  if (left === 0) return count;
  const leftMs = done === 0 ? 0 : (elapsedMs / done) * left;
  if (silentMs > Math.max(shortestSilenceMs, leftMs))
    return `${count}, waiting for ${left} more, ${seconds(silentMs)} so far`;
  if (done === 0) return count;
  const rate = ((done * 1000) / Math.max(elapsedMs, 1)).toPrecision(2);
  return `${count}, ${Number(rate)} a second, ${seconds(leftMs)} left`;
}

/** The time in whole seconds, at least one; from a minute on in its two largest units. */
function seconds(spanMs: number): string {
  return formatDuration(Math.max(1000, Math.ceil(spanMs / 1000) * 1000));
}
