import type { PlayedStep } from '../newman/steps';
import type { Clean } from './clean';
import { readDescription } from './given-when-then';
import { bodyLengths, messagesOf, type SentAndAnswered } from './messages';
import type { Section, Step, Verdict } from './page';
import type { ScenarioResult } from './result';
import { counted } from '../text/count';
import { briefly, verdicts } from './words';

/** A request that a step or its script sent. */
export interface StepExchange extends SentAndAnswered {
  readonly at: Pick<PlayedStep, 'row' | 'position'>;
}

/** A scenario's section of the page, from a clean result. If it passed, it is folded and shows less. */
export function sectionOf(result: ScenarioResult, exchanges: readonly StepExchange[], clean: Clean): Section {
  const { id, title, outcome, durationMs, steps, description, rows } = result;
  const bodyLength = outcome === 'passed' ? bodyLengths.passed : bodyLengths.failed;
  const toldOf = (step: PlayedStep): Step => {
    const own = exchanges.filter(({ at }) => at.row === step.row && at.position === step.position);
    return stepOf(
      step,
      own.map((exchange) => messagesOf(exchange, clean, bodyLength)),
    );
  };
  return {
    id,
    title,
    verdict: verdicts[outcome],
    isOpen: outcome === 'failed',
    size: outcome === 'not_run' ? '' : `${counted(steps.length, 'step')}, ${briefly(durationMs)}`,
    ...readDescription(description),
    rows: rows.map((values, row) => ({
      heading: rows.length === 1 ? '' : headingOf(values, row, rows.length),
      steps: steps.filter((step) => step.row === row).map(toldOf),
    })),
    ...complaintsOf(steps, rows.length > 1),
  };
}

function headingOf(values: Readonly<Record<string, string>>, row: number, count: number): string {
  const said = Object.entries(values).map(([key, value]) => `${key} is ${value === '' ? 'blank' : value}`);
  return [`Row ${row + 1} of ${count}`, said.join(', ')].filter(Boolean).join(': ');
}

function stepOf(step: PlayedStep, messages: Step['messages']): Step {
  const { name, tests, complaints, status, durationMs } = step;
  return {
    name,
    verdict: verdictOf(step),
    isOpen: complaints.length > 0,
    answer: answerOf(step),
    duration: status === null ? '' : briefly(durationMs),
    complaints,
    tests: tests.filter((test) => !complaints.some((complaint) => complaint.startsWith(`${test}: `))),
    messages,
  };
}

function verdictOf({ complaints, tests, status }: PlayedStep): Verdict {
  if (complaints.length === 0) return verdicts.passed;
  return status === null && tests.length === 0 ? verdicts.not_run : verdicts.failed;
}

function answerOf({ status }: PlayedStep): string {
  if (status === null) return 'nothing sent';
  return status === 0 ? 'no answer' : String(status);
}

const shownFirst = 3;

function complaintsOf(
  steps: readonly PlayedStep[],
  isTable: boolean,
): Pick<Section, 'firstComplaints' | 'furtherComplaints'> {
  const all = steps.flatMap(({ name, row, complaints }) => {
    const step = isTable ? `${name}, row ${row + 1}` : name;
    return complaints.map((text) => ({ step, text }));
  });
  const further = all.length - shownFirst;
  return { firstComplaints: all.slice(0, shownFirst), furtherComplaints: further > 0 ? `and ${further} more` : '' };
}
