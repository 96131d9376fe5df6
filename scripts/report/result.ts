import type { PlayedStep } from '../newman/steps';

export interface ScenarioResult {
  readonly id: string;
  readonly title: string;
  /** Its folder's: given, when, then, source. */
  readonly description: string;
  /** The values of each time that it is played; one without any where it has no table. */
  readonly rows: readonly Readonly<Record<string, string>>[];
  readonly outcome: 'passed' | 'failed' | 'not_run';
  readonly durationMs: number;
  readonly steps: readonly PlayedStep[];
}
