import type { ScenarioResult } from '../../report/result';
import type { QaRun } from '../play/result';

/** A QA run for other programs: `qa.json`. */
export interface QaSummary extends QaCounts {
  readonly seed: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly scenarios: readonly Pick<ScenarioResult, 'id' | 'title' | 'outcome' | 'durationMs' | 'steps'>[];
}

export interface QaCounts {
  readonly passed: number;
  readonly failed: number;
  readonly notRun: number;
}

export function summaryOf(run: QaRun): QaSummary {
  const { seed, startedAt, durationMs, results } = run;
  const scenarios = results.map(({ id, title, outcome, durationMs: ms, steps }) => {
    return { id, title, outcome, durationMs: Math.round(ms), steps };
  });
  const when = { startedAt: startedAt.toISOString(), durationMs: Math.round(durationMs) };
  return { seed, ...when, ...countsOf(run), scenarios };
}

/** How many scenarios passed, failed, or never came to be played. */
export function countsOf({ results }: Pick<QaRun, 'results'>): QaCounts {
  const count = (outcome: ScenarioResult['outcome']): number =>
    results.filter((result) => result.outcome === outcome).length;
  return { passed: count('passed'), failed: count('failed'), notRun: count('not_run') };
}
