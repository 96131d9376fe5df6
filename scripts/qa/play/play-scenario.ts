import { runNewman, type RunExecution, type RunSummary } from '../../newman/run';
import { watchSteps, type Exchange, type PlayedStep, type StepUnderWay } from '../../newman/steps';
import type { Rotation } from '../recording/recording-file';
import type { QaScenario } from './read-scenarios';

const [longestRequestMs, longestScriptMs] = [10_000, 10_000];

export interface Playing {
  /** The variables that the scenario starts with. */
  readonly variables: Readonly<Record<string, string>>;
  /** Each request as soon as it is answered, or lost. */
  onExchange?(exchange: Exchange): void;
}

/** What came of a scenario's steps, and Newman's own accounts of it. */
export interface Played {
  readonly steps: readonly PlayedStep[];
  readonly summaries: readonly RunSummary[];
  /** What the refresh transaction did to the refresh token, where it was played in place of a request. */
  readonly rotation?: Rotation | undefined;
}

/** Plays one scenario by Newman, once with each of its rows. */
export async function playScenario(
  scenario: QaScenario,
  { variables, onExchange = () => {} }: Playing,
): Promise<Played> {
  const values = Object.entries(variables).map(([key, value]) => ({ key, value, type: 'any' as const, enabled: true }));
  const table = scenario.rows && { iterationData: [...scenario.rows], iterationCount: scenario.rows.length };
  const steps = new Map<string, StepUnderWay>();
  const exchanges: Exchange[] = [];
  const summary = await runNewman(
    {
      // Copied, because Newman changes what it is given; the reader of the file has checked it.
      collection: structuredClone<object>(scenario.collection),
      environment: { name: 'qa', values },
      timeoutRequest: longestRequestMs,
      timeoutScript: longestScriptMs,
      ...table,
    },
    (emitter) =>
      watchSteps(emitter, steps, (exchange) => {
        exchanges.push(exchange);
        onExchange(exchange);
      }),
  );
  return { steps: [...steps.values()], summaries: [withEach(exchanges, summary)] };
}

/**
 * Newman's executions of a step with follow-ups are one and the same, with the last request: each gets its own here.
 * There is one for each request, in their order.
 */
function withEach(exchanges: readonly Exchange[], summary: RunSummary): RunSummary {
  const executions = summary.run.executions.map((execution, index) => ({ ...execution, ...sentIn(exchanges[index]) }));
  return { ...summary, run: { ...summary.run, executions } };
}

/** Newman's types know of no request without an answer. */
function sentIn(exchange: Exchange | undefined): Pick<RunExecution, 'request' | 'response'> | undefined {
  return exchange && ({ request: exchange.request, response: exchange.response } as RunExecution);
}
