import type { Verdict } from './page';

/** The result of a scenario, a step or a run. */
export const verdicts = {
  passed: { tone: 'good', mark: '✓', word: 'passed' },
  failed: { tone: 'bad', mark: '✕', word: 'failed' },
  not_run: { tone: 'open', mark: '–', word: 'not run' },
} as const satisfies Record<string, Verdict>;

/** `940 ms`, `1.9 s`, `2 min 5 s`. */
export function briefly(durationMs: number): string {
  if (durationMs < 1000) return `${Math.round(durationMs)} ms`;
  if (durationMs < 60_000) return `${(durationMs / 1000).toFixed(1)} s`;
  const seconds = Math.round(durationMs / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** `2026-11-22 10:00:00 UTC`. */
export function formatSecond(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
