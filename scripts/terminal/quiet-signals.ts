import type { StopSignals } from './signals';

/** Signals that are somebody else's business: of a worker's parent, or of the program that uses this one as a library. */
export function quietSignals(isStopping: () => boolean = () => false): StopSignals {
  return {
    isStopping,
    exitCode: () => 0,
    uninterrupted: (work) => work(),
    handOver: () => undefined,
    stopped: () => new Promise(() => undefined),
  };
}
