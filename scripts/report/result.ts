import type { PlayedStep } from '../newman/steps';

export interface ScenarioResult {
  readonly id: string;
  readonly title: string;
  /** Its folder's description: given, when, then, source. */
  readonly description: string;
  /** The values of each pass; one empty row when the scenario has no table. */
  readonly rows: readonly Readonly<Record<string, string>>[];
  readonly outcome: 'passed' | 'failed' | 'not_run';
  readonly durationMs: number;
  readonly steps: readonly PlayedStep[];
}
