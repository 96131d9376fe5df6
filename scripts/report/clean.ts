import type { PlayedStep } from '../newman/steps';
import type { ScenarioResult } from './result';

/** Takes the secrets out of a text. */
export type Clean = (text: string) => string;

/** A result without secrets, whatever its file then does to its texts. Its ids and keys are ours, and stay. */
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

/** What a step's scripts said, without secrets: the name of a request of our own collection stays. */
export function cleanStep(step: PlayedStep, clean: Clean): PlayedStep {
  return { ...step, tests: step.tests.map(clean), complaints: step.complaints.map(clean) };
}
