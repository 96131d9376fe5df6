import type { Clean } from '../../report/clean';
import type { ReportPage, Verdict } from '../../report/page';
import { sectionOf, type StepExchange } from '../../report/section';
import { briefly, formatSecond, verdicts } from '../../report/words';
import { counted } from '../../text/count';
import type { QaRun } from '../play/result';
import { countsOf } from './summary';

/** The page of a whole QA run, of clean results: how it went, what failed, and every scenario by its id. */
export function qaPage(run: QaRun, exchangesOf: (id: string) => readonly StepExchange[], clean: Clean): ReportPage {
  const counts = countsOf(run);
  const heading = headingOf(run.results.length, counts);
  const sections = run.results
    .toSorted((a, b) => a.id.localeCompare(b.id))
    .map((result) => sectionOf(result, exchangesOf(result.id), clean));
  return {
    title: `evergrant QA: ${heading}`,
    heading,
    verdict: verdictOf(counts),
    counts: [
      { verdict: verdicts.passed, count: counts.passed },
      { verdict: verdicts.failed, count: counts.failed },
      { verdict: verdicts.not_run, count: counts.notRun },
    ],
    facts: [
      { term: 'Seed', text: run.seed },
      { term: 'Started', text: formatSecond(run.startedAt) },
      { term: 'Took', text: briefly(run.durationMs) },
    ],
    contents: sections,
    failed: sections.filter(({ verdict }) => verdict.tone === 'bad'),
    sections,
  };
}

type Counts = ReturnType<typeof countsOf>;

function verdictOf({ passed, failed, notRun }: Counts): Verdict {
  if (failed > 0) return verdicts.failed;
  return notRun > 0 || passed === 0 ? verdicts.not_run : verdicts.passed;
}

/** `2 of 45 scenarios failed, 1 was not run`. */
function headingOf(total: number, { failed, notRun }: Counts): string {
  if (total === 0) return 'No scenario was chosen';
  if (failed + notRun === 0) return total === 1 ? 'The scenario passed' : `All ${total} scenarios passed`;
  const missing = `${notRun === 1 ? 'was' : 'were'} not run`;
  if (failed === 0) return `${notRun} of ${counted(total, 'scenario')} ${missing}`;
  return [`${failed} of ${counted(total, 'scenario')} failed`, ...(notRun > 0 ? [`${notRun} ${missing}`] : [])].join(
    ', ',
  );
}
