import type { Console } from './console';
import type { StopSignals } from './signals';

/** Says nothing and asks nobody: for a worker process, and for a program that uses this one as a library. */
export function silentConsole(): Console {
  const plain = (text: string): string => text;
  return {
    secrets: new Set(),
    print: () => undefined,
    say: () => undefined,
    disclose: () => undefined,
    style: { bold: plain, dim: plain, green: plain, yellow: plain, red: plain },
    progress: () => ({ advance: () => undefined, end: () => undefined }),
    isTerminal: false,
    columns: () => undefined,
    screen: undefined,
    ask: async () => undefined,
    readInput: async () => '',
  };
}

/** Catches no signal: that is for a worker's parent to do, or for the program that uses this one as a library. */
export function quietSignals(isStopping: () => boolean = () => false): StopSignals {
  return {
    isStopping,
    exitCode: () => 0,
    uninterrupted: (work) => work(),
    handOver: () => undefined,
    stopped: () => new Promise(() => undefined),
  };
}
