import type { EventEmitter } from 'node:events';
import type { Request, Response } from 'postman-collection';

/** One request of a scenario as it was played. */
export interface PlayedStep {
  readonly name: string;
  /** The row of the scenario's table, from 0. */
  readonly row: number;
  /** Its place in the folder, from 0. */
  readonly position: number;
  /** The answer's status: 0 when none came, null when the request was held back. */
  readonly status: number | null;
  readonly durationMs: number;
  /** The names of its tests. */
  readonly tests: readonly string[];
  /** What went wrong, one sentence each. */
  readonly complaints: readonly string[];
}

/** A request that Newman sent, by a step or by a script of its, and what came back. */
export interface Exchange {
  readonly at: Pick<PlayedStep, 'row' | 'position' | 'name'>;
  readonly request: Request;
  /** Undefined when no answer came. */
  readonly response: Response | undefined;
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
