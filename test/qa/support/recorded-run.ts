import { systemContext, type Context } from '../../../scripts/context';
import { playScenario } from '../../../scripts/qa/play/play-scenario';
import { readScenarios, type QaScenario } from '../../../scripts/qa/play/read-scenarios';
import { resultOf } from '../../../scripts/qa/play/result';
import { randomBytesFor } from '../../../scripts/qa/play/select';
import { sandboxVariables } from '../../../scripts/qa/play/target';
import { openRecording } from '../../../scripts/qa/recording/recording';
import type { Recording } from '../../../scripts/qa/recording/recording-file';
import type { Console } from '../../../scripts/terminal/console';
import { silentConsole } from '../../../scripts/terminal/silent';
import { startSandboxProcess } from '../../support/sandbox';

const mostScenarios = 3;

/** A few scenarios from all over the collection, and those that the tests name. */
export function sampleScenarios(): QaScenario[] {
  const all = readScenarios();
  const step = Math.max(1, all.length / mostScenarios);
  const chosen = new Set(Array.from({ length: mostScenarios }, (_, at) => Math.floor(at * step)));
  return all.filter((scenario, at) => chosen.has(at) || ['QA-010', 'QA-320'].includes(scenario.id));
}

export interface RecordedRun {
  readonly text: string;
  /** What the clients were given and made: each must be in no recording. */
  readonly secrets: ReadonlySet<string>;
}

/** Plays scenarios against a fresh sandbox and records them. */
export async function recordRun(scenarios: readonly QaScenario[], seed: string): Promise<RecordedRun> {
  const sandbox = await startSandboxProcess();
  const recording = openRecording({ seed, baseUrl: sandbox.url });
  const secrets = new Set<string>();
  for (const scenario of scenarios) {
    recording.scenario(scenario.id, { clock: (await sandbox.clock('0s')).now });
    const { steps } = await playScenario(scenario, {
      variables: sandboxVariables(sandbox.url, randomBytesFor(seed, scenario.id)),
      onExchange: (exchange) => {
        recording.add(exchange);
        const text = `${exchange.request.url.toString()} ${exchange.response?.text()}`;
        for (const secret of secretsIn(text)) secrets.add(secret);
      },
    });
    recording.judge(resultOf(scenario, steps, 0).steps);
  }
  await sandbox.stop();
  return { text: recording.text(), secrets };
}

function secretsIn(text: string): string[] {
  const named =
    /"(?:access_token|refresh_token|id_token|clientSecret)":"([^"]+)"|[?&](?:code|state|code_challenge)=([^&"\s]+)/g;
  return [...text.matchAll(named)].map(([, json = '', pair = '']) => json || pair);
}

/** A recording with one thing changed. */
export function tampered(text: string, change: (recording: Recording) => void): string {
  const recording = JSON.parse(text) as Recording; // as openRecording made it
  change(recording);
  return JSON.stringify(recording);
}

/** A world whose console writes into a list. */
export function listening(): { context: Context; printed: string[] } {
  const printed: string[] = [];
  const console: Console = { ...silentConsole(), print: (line) => void printed.push(line) };
  const context = systemContext({ console, folder: '', env: () => ({}) });
  return { context, printed };
}
