import type { Console } from './console';
import type { StopSignals } from './signals';

/** A console that prints and asks nothing: for worker processes, and for programs that use this one as a library. */
export function silentConsole(): Console {
  const plain = (text: string): string => text;
  return {
    secrets: new Set(),
    print: () => undefined,
    say: () => undefined,
    tell: () => undefined,
    disclose: () => undefined,
    hand: async () => undefined,
    asStarted: (text) => text,
    style: { bold: plain, dim: plain, green: plain, yellow: plain, red: plain },
    progress: () => ({ advance: () => undefined, end: () => undefined }),
    isTerminal: false,
    columns: () => undefined,
    screen: undefined,
    ask: async () => undefined,
    readInput: async () => '',
  };
}

/** Handles no signal: a worker's parent does that, or the program that uses this one as a library. */
export function quietSignals(isStopping: () => boolean = () => false): StopSignals {
  return {
    isStopping,
    exitCode: () => 0,
    uninterrupted: (work) => work(),
    handOver: () => undefined,
    onHangup: () => undefined,
    beforeEnd: () => () => undefined,
    stopped: () => new Promise(() => undefined),
  };
}
