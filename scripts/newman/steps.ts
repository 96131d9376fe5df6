import type { EventEmitter } from 'node:events';
import type { Request, Response } from 'postman-collection';

/** One request of a scenario as it was played. */
export interface PlayedStep {
  readonly name: string;
  /** The row of the scenario's table, from 0. */
  readonly row: number;
  /** Its position in the folder, from 0. */
  readonly position: number;
  /** The answer's status: 0 when none came, null when the request was not sent. */
  readonly status: number | null;
  readonly durationMs: number;
  /** The names of its tests. */
  readonly tests: readonly string[];
  /** What went wrong, one sentence each. */
  readonly complaints: readonly string[];
}

/** A request that a step or its script sent through Newman, and the answer. */
export interface Exchange {
  readonly at: Pick<PlayedStep, 'row' | 'position' | 'name'>;
  readonly request: Request;
  /** Undefined when no answer came. */
  readonly response: Response | undefined;
}

/** A step in progress, of which more events follow. */
export type StepUnderWay = { -readonly [Key in keyof PlayedStep]: PlayedStep[Key] } & { complaints: string[] };

/** Newman's data of an event in a step. */
interface StepEvent {
  readonly cursor: { readonly iteration: number; readonly position: number };
  readonly item: { readonly name: string };
}

/**
 * Collects the steps of a run from its events. Newman's summary omits a request that its own script skipped, and counts
 * one with follow-up requests twice.
 */
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
    const isOwn = step.status === null; // the follow-up requests of its scripts come later
    if (isOwn) step.status = error === null ? (event.response?.code ?? 0) : 0;
    if (isOwn) step.durationMs = event.response?.responseTime ?? 0;
    onExchange({ at: step, request: event.request, response: error === null ? event.response : undefined });
  });
}
