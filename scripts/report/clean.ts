import type { PlayedStep } from '../newman/steps';
import type { ScenarioResult } from './result';

/** Removes the secrets from a text. */
export type Clean = (text: string) => string;

/** A result with the secrets removed from its texts. Its ids and keys are ours and stay. */
export function cleanResult(result: ScenarioResult, clean: Clean): ScenarioResult {
  return {
    ...result,
    title: clean(result.title),
    description: clean(result.description),
    rows: result.rows.map((values) =>
      Object.fromEntries(Object.entries(values).map(([key, value]) => [key, clean(value)])),
    ),
    steps: result.steps.map((step) => ({ ...cleanStep(step, clean), name: clean(step.name) })),
  };
}

/** A step with the secrets removed from what its scripts printed. The request's name is our collection's and stays. */
export function cleanStep(step: PlayedStep, clean: Clean): PlayedStep {
  return { ...step, tests: step.tests.map(clean), complaints: step.complaints.map(clean) };
}
