import type { EventEmitter } from 'node:events';
import type { NewmanRunExecution, NewmanRunSummary } from 'newman';
import type { CollectionDefinition, Request, Response, VariableScopeDefinition } from 'postman-collection';
import { runNewman } from '../../newman/run';
import type { QaScenario } from './read-scenarios';
import type { PlayedStep } from './result';

const [longestRequestMs, longestScriptMs] = [10_000, 10_000];

/** A request that Newman sent, by a step or by a script of its, and what came back. */
export interface Exchange {
  readonly at: Pick<PlayedStep, 'row' | 'position' | 'name'>;
  readonly request: Request;
  /** Undefined when no answer came. */
  readonly response: Response | undefined;
}

export interface Playing {
  /** The variables that the scenario starts with. */
  readonly variables: Readonly<Record<string, string>>;
  /** Each request as soon as it is answered, or lost. */
  onExchange?(exchange: Exchange): void;
}

/** What came of a scenario's steps, and Newman's own accounts of it. */
export interface Played {
  readonly steps: readonly PlayedStep[];
  readonly summaries: readonly NewmanRunSummary[];
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
      collection: structuredClone(scenario.collection) as unknown as CollectionDefinition,
      environment: { name: 'qa', values } as VariableScopeDefinition,
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
function withEach(exchanges: readonly Exchange[], summary: NewmanRunSummary): NewmanRunSummary {
  const executions = summary.run.executions.map((execution, index) => ({ ...execution, ...sentIn(exchanges[index]) }));
  return { ...summary, run: { ...summary.run, executions } };
}

/** Newman's types know of no request without an answer. */
function sentIn(exchange: Exchange | undefined): Pick<NewmanRunExecution, 'request' | 'response'> | undefined {
  return exchange && ({ request: exchange.request, response: exchange.response } as NewmanRunExecution);
}

/** A step of which more is still to come. */
export type StepUnderWay = { -readonly [Key in keyof PlayedStep]: PlayedStep[Key] } & { complaints: string[] };

/** What Newman says of a thing that happens in a step. */
interface StepEvent {
  readonly cursor: { readonly iteration: number; readonly position: number };
  readonly item: { readonly name: string };
}

/** Newman's summary leaves out a request that its own script held back, and counts one with follow-ups twice. */
export function watchSteps(
  emitter: EventEmitter,
  steps: Map<string, StepUnderWay>,
  onExchange: (exchange: Exchange) => void,
): void {
  const stepOf = ({ cursor: { iteration: row, position }, item }: StepEvent): StepUnderWay => {
    const key = `${row} ${position}`;
    const fresh = { row, position, name: item.name, status: null, durationMs: 0, tests: [], complaints: [] };
    const step = steps.get(key) ?? fresh;
    steps.set(key, step);
    return step;
  };
  emitter.on('beforeItem', (_error: unknown, event: StepEvent) => void stepOf(event));
  emitter.on('assertion', (error: Error | null, event: StepEvent & { assertion: string }) => {
    const step = stepOf(event);
    step.tests = [...step.tests, event.assertion];
    if (error !== null) step.complaints.push(`${event.assertion}: ${error.message}`);
  });
  emitter.on('script', (error: Error | null, event: StepEvent) => {
    if (error !== null) stepOf(event).complaints.push(`a script failed: ${error.message}`);
  });
  emitter.on('request', (error: Error | null, event: StepEvent & { request: Request; response?: Response }) => {
    const step = stepOf(event);
    const isOwn = step.status === null; // follow-ups of its scripts come after it
    if (isOwn) step.status = error === null ? (event.response?.code ?? 0) : 0;
    if (isOwn) step.durationMs = event.response?.responseTime ?? 0;
    onExchange({ at: step, request: event.request, response: error === null ? event.response : undefined });
  });
}
