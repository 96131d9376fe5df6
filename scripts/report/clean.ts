import type { PlayedStep, ScenarioResult } from '../qa/result';

/** Takes the secrets out of a text. */
export type Clean = (text: string) => string;

/** A result without secrets, whatever its file then does to its texts. */
export function cleanResult(result: ScenarioResult, clean: Clean): ScenarioResult {
  return {
    ...result,
    id: clean(result.id),
    title: clean(result.title),
    description: clean(result.description),
    rows: result.rows.map((values) =>
      Object.fromEntries(Object.entries(values).map(([key, value]) => [clean(key), clean(value)])),
    ),
    steps: result.steps.map((step) => cleanStep(step, clean)),
  };
}

function cleanStep(step: PlayedStep, clean: Clean): PlayedStep {
  const [tests, complaints] = [step.tests.map(clean), step.complaints.map(clean)];
  return { ...step, name: clean(step.name), tests, complaints };
}
