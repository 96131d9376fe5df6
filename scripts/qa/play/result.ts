import type { RunSummary } from '../../newman/run';
import type { PlayedStep } from '../../newman/steps';
import type { ScenarioResult } from '../../report/result';
import type { QaScenario } from './read-scenarios';

/** Newman takes a request without tests for passed, and one that never came for nothing: here both are failures. */
export function resultOf(scenario: QaScenario, played: readonly PlayedStep[], durationMs: number): ScenarioResult {
  const { id, title, description, rows = [{}] } = scenario;
  const steps = rows.flatMap((_, row) =>
    scenario.steps.map((name, position) => {
      const step = played.find((one) => one.row === row && one.position === position);
      return step === undefined ? missing(name, row, position) : tested(step);
    }),
  );
  const isGood = steps.every(({ complaints }) => complaints.length === 0);
  return { id, title, description, rows, outcome: isGood ? 'passed' : 'failed', durationMs, steps };
}

/** A scenario that was chosen and never came to be played. */
export function notRun({ id, title, description, rows = [{}] }: QaScenario): ScenarioResult {
  return { id, title, description, rows, outcome: 'not_run', durationMs: 0, steps: [] };
}

function tested(step: PlayedStep): PlayedStep {
  const isMeant = step.tests.includes('no answer comes');
  const lost = step.status === 0 && !isMeant ? ['no answer came'] : [];
  const untested = step.tests.length === 0 ? ['nothing was tested'] : [];
  return { ...step, complaints: [...step.complaints, ...lost, ...untested] };
}

function missing(name: string, row: number, position: number): PlayedStep {
  return { name, row, position, status: null, durationMs: 0, tests: [], complaints: ['it was not played'] };
}

/** A whole run, for its summary and its report. */
export interface QaRun {
  readonly seed: string;
  readonly startedAt: Date;
  readonly durationMs: number;
  /** By id. */
  readonly results: readonly ScenarioResult[];
  /** Why some were not run; undefined when all were. */
  readonly stoppedBy?: 'failure' | 'signal' | undefined;
  /** Newman's accounts of what was played, in the order in which it was. */
  readonly played: readonly { readonly id: string; readonly summary: RunSummary }[];
}

/** A run, and the recording of its exchanges as a text. */
export interface RecordedQaRun {
  readonly run: QaRun;
  readonly recording: string;
}
