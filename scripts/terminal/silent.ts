import type { Console } from './console';

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
