import type { Context } from '../context';
import type { Exchange } from '../newman/steps';
import type { ScenarioResult } from '../report/result';
import { codesIn, secretsInAnswer } from '../text/scrub';
import type { QaScenario } from './play/read-scenarios';
import { notRun, resultOf, type QaRun, type RecordedQaRun } from './play/result';
import { randomBytesFor } from './play/select';
import type { Target } from './play/target';
import { openRecording } from './recording/recording';

export interface Playing {
  readonly seed: string;
  /** Stop at the first that fails. */
  readonly isBail: boolean;
  /** Each result as soon as it is there. */
  onResult(result: ScenarioResult): void;
}

/**
 * Plays scenarios in their order. What is left after a failure, or after a signal, which waits for the scenario under way,
 * is in the run as not run.
 */
export async function playAll(
  scenarios: readonly QaScenario[],
  target: Target,
  { seed, isBail, onResult }: Playing,
  { console, now, signals }: Context,
): Promise<RecordedQaRun> {
  const [startedAt, start] = [now(), performance.now()];
  const [results, played]: [ScenarioResult[], QaRun['played'][number][]] = [[], []];
  const recording = openRecording({ seed, baseUrl: target.baseUrl });
  const progress = console.progress(scenarios.length, 'scenarios');
  const receive = (exchange: Exchange): void => {
    for (const secret of secretsIn(exchange)) console.secrets.add(secret);
    recording.add(exchange);
  };
  const stoppedBy = (): QaRun['stoppedBy'] => {
    if (signals.isStopping()) return 'signal';
    return isBail && results.some(({ outcome }) => outcome === 'failed') ? 'failure' : undefined;
  };
  for (const scenario of scenarios) {
    const { id } = scenario;
    if (stoppedBy() !== undefined) results.push(notRun(scenario));
    else {
      recording.scenario(id, await target.clock());
      const began = performance.now();
      const { steps, summaries, rotation } = await target.play(scenario, randomBytesFor(seed, id), receive);
      const result = resultOf(scenario, steps, performance.now() - began);
      if (rotation !== undefined) recording.rotated(rotation);
      recording.judge(result.steps);
      results.push(result);
      onResult(result);
      played.push(...summaries.map((summary) => ({ id, summary })));
    }
    progress.advance();
  }
  progress.end();
  const byId = results.toSorted((a, b) => a.id.localeCompare(b.id));
  const isCut = results.some(({ outcome }) => outcome === 'not_run');
  const durationMs = performance.now() - start;
  const run = { seed, startedAt, durationMs, results: byId, stoppedBy: isCut ? stoppedBy() : undefined, played };
  return { run, recording: recording.text() };
}

/** Everything in an answer of the sandbox's or of Xero's that no output may show. */
function secretsIn({ response }: Exchange): string[] {
  const body = response?.text() ?? '';
  const named = [...body.matchAll(/"(?:key":"client_secret","value|clientSecret)":"([^"]+)"/g)];
  return [...secretsInAnswer(body), ...codesIn(body), ...named.map((match) => match[1] ?? '')];
}
