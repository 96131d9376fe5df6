/** The progress of a long run, shown on a terminal. */
export interface Progress {
  /** One more is done. */
  advance(): void;
  /** Removes the bar; the next line takes its place. */
  end(): void;
}

/** A bar with rate and time left if `stream` is a terminal; otherwise nothing. */
export function progressOn(stream: NodeJS.WriteStream, total: number, unit: string): Progress {
  if (!stream.isTTY) return { advance: () => {}, end: () => {} };
  const { SingleBar } = require('cli-progress') as typeof import('cli-progress');
  const format = `{bar} {value}/{total} ${unit}, {rate} a second, {eta_formatted} left`;
  const bar = new SingleBar({ format, stream, clearOnComplete: true, barsize: 30, hideCursor: true, linewrap: false });
  const startedAt = performance.now();
  let done = 0;
  bar.start(total, 0, { rate: '-' });
  return {
    advance: () => {
      done += 1;
      const rate = ((done * 1000) / Math.max(performance.now() - startedAt, 1)).toPrecision(2);
      bar.update(done, { rate: String(Number(rate)) });
    },
    end: () => bar.stop(),
  };
}
