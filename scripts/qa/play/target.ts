import type { Exchange } from '../../newman/steps';
import { startSandboxProcess } from '../../sandbox/process';
import { playScenario, type Played } from './play-scenario';
import type { QaScenario } from './read-scenarios';

/** Where scenarios are played: the sandbox, or Xero itself. */
export interface Target {
  readonly baseUrl: string;
  /** The server's clock, where it tells. */
  clock(): Promise<{ clock?: string }>;
  /** Plays a scenario; `onExchange` gets each request as soon as it is answered. */
  play(scenario: QaScenario, randomBytes: string, onExchange: (exchange: Exchange) => void): Promise<Played>;
  end(): void;
}

/** A sandbox of its own for the run, in a process of its own. */
export async function sandboxTarget(): Promise<Target> {
  const sandbox = await startSandboxProcess();
  return {
    baseUrl: sandbox.url,
    clock: async () => ({ clock: await sandbox.now() }),
    play: (scenario, randomBytes, onExchange) =>
      playScenario(scenario, { variables: sandboxVariables(sandbox.url, randomBytes), onExchange }),
    end: sandbox.stop,
  };
}

/** What a scenario starts with; its connections are cut for real, which this program doesn't take for failures. */
export function sandboxVariables(sandboxUrl: string, randomBytes: string): Readonly<Record<string, string>> {
  return { sandbox_url: sandboxUrl, random_bytes: randomBytes, real_cuts: 'yes' };
}
