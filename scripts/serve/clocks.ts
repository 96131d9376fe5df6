/** Two clocks, because neither is right alone: the wall clock can be set, the other may stand still in a sleeping machine. */
export interface Clocks {
  now(): Date;
  /** Milliseconds on a clock that is never set back. */
  monotonicMs(): number;
}

/** An instant on both clocks. */
export interface Moment {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

export function momentOf(clocks: Clocks): Moment {
  return { wallMs: clocks.now().getTime(), monotonicMs: clocks.monotonicMs() };
}

/** How long ago a moment was; the clock that says longer is believed, so a clock that is set back delays nothing. */
export function elapsedMs(since: Moment, clocks: Clocks): number {
  const { wallMs, monotonicMs } = momentOf(clocks);
  return Math.max(monotonicMs - since.monotonicMs, wallMs - since.wallMs);
}
