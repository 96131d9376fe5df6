import type { Workplace } from '../../support/program';
import { firstLineOf, startProgram, type Running } from '../../support/running';

export interface Listener {
  readonly running: Running;
  /** Where callbacks come back to. */
  readonly url: string;
  ask(query: string): Promise<Reply>;
  isHealthy(): Promise<boolean>;
  stop(): Promise<void>;
}

interface Reply {
  /** 0 when no answer came. */
  readonly status: number;
  readonly text: string;
}

/** Starts `listen` on a free port, with no more heap than a small machine would give it. */
export async function startListener({ folder }: Workplace, heapMb = 256): Promise<Listener> {
  const variables = { NODE_OPTIONS: `--max-old-space-size=${heapMb}` };
  const running = startProgram(folder, ['listen', '--port', '0'], { variables });
  const url = /http:\S+/.exec(await firstLineOf(running))?.[0];
  if (url === undefined) throw new Error(`listen did not start: ${running.said()}`);
  const ask = async (address: string): Promise<Reply> => {
    try {
      const response = await fetch(address, { signal: AbortSignal.timeout(60_000) });
      return { status: response.status, text: await response.text() };
    } catch {
      return { status: 0, text: '' };
    }
  };
  return {
    running,
    url,
    ask: (query) => ask(`${url}?${query}`),
    isHealthy: async () => (await ask(new URL('/health', url).href)).status === 200,
    stop: async () => {
      running.signal('SIGTERM');
      await running.ended;
    },
  };
}
