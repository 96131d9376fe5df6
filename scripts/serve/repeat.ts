import { minuteMs } from '../text/duration';
import { elapsedMs, momentOf, type Clocks } from './clocks';

/** What a loop needs from outside. */
export interface LoopEffects extends Clocks {
  sleep(ms: number): Promise<void>;
  /** A number from 0 to 1. */
  random(): number;
  isStopping(): boolean;
}

/** From the beginning of a run to that of the next. */
const periodMs = minuteMs;

/** Sleeps are this short: a timer stands still while the machine is suspended, and a stop should be obeyed soon. */
const sliceMs = 500;

/**
 * Runs something again and again until this process is asked to stop; one run at a time. The next begins a minute after the
 * last began, or when that has ended, give or take a tenth, so that several replicas drift apart. After a suspension it
 * begins at once; a clock that is set back delays it by nothing.
 */
export async function repeat(run: () => Promise<void>, effects: LoopEffects): Promise<void> {
  while (!effects.isStopping()) {
    const began = momentOf(effects);
    const untilNextMs = periodMs * (0.9 + effects.random() / 5);
    await run();
    do await effects.sleep(sliceMs);
    while (!effects.isStopping() && elapsedMs(began, effects) < untilNextMs);
  }
}
