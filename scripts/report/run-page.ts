import type { PlayedStep } from '../newman/steps';
import { cleanStep, type Clean } from './clean';
import type { ReportPage } from './page';
import { sectionOf, type StepExchange } from './section';
import { briefly, formatSecond, verdicts } from './words';

/** One Newman run of the program: a request of the collection, sent for an environment. */
export interface SentRequest {
  readonly request: string;
  readonly environment: string;
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly steps: readonly PlayedStep[];
}

/** The page of one Newman run. */
export function runPage(sent: SentRequest, exchanges: readonly StepExchange[], clean: Clean): ReportPage {
  const { request, environment, startedAt, durationMs, steps } = sent;
  const isGood = steps.length > 0 && steps.every(({ complaints }) => complaints.length === 0);
  const outcome = isGood ? 'passed' : 'failed';
  const section = sectionOf(
    {
      id: environment,
      title: request,
      description: '',
      rows: [{}],
      outcome,
      durationMs,
      steps: steps.map((step) => cleanStep(step, clean)),
    },
    exchanges,
    clean,
  );
  const heading = `${request}, ${environment}`;
  return {
    title: `evergrant: ${heading}`,
    heading,
    verdict: verdicts[outcome],
    counts: [],
    facts: [
      { term: 'Started', text: formatSecond(startedAt) },
      { term: 'Took', text: briefly(durationMs) },
    ],
    contents: [],
    failed: [],
    sections: [{ ...section, isOpen: true }],
  };
}
