import path from 'node:path';
import type { RunExecution, RunSummary } from '../../newman/run';
import { cleanResult } from '../../report/clean';
import { makeReportFolder, tryReport, writeReport, type ReportPart } from '../../report/files';
import { renderPage, type Account } from '../../report/render';
import type { StepExchange } from '../../report/section';
import { scrubber } from '../../text/scrub';
import type { QaRun, RecordedQaRun } from '../play/result';
import { junitOf } from './junit';
import { qaPage } from './page';
import { summaryOf } from './summary';

export interface QaReportPlace {
  readonly folder: string;
  /** Where the JUnit file goes, for a CI that looks elsewhere. Default: beside the other files. */
  readonly junitFile?: string | undefined;
}

const reportParts = ['page', 'junit', 'json', 'recording'] as const;

/** The files of a report, in the order in which they are written. */
function filesOf({ folder, junitFile }: QaReportPlace): Readonly<Record<ReportPart, string>> {
  return {
    page: path.join(folder, 'qa.html'),
    junit: junitFile ?? path.join(folder, 'qa.junit.xml'),
    json: path.join(folder, 'qa.json'),
    recording: path.join(folder, 'qa.recording.json'),
  };
}

/** Makes the folders of a report, and proves before the run that it can be written. @throws Failure `invalid` */
export function tryQaReport(place: QaReportPlace): void {
  const files = filesOf(place);
  for (const part of reportParts) {
    const isElsewhere = part === 'junit' && place.junitFile !== undefined;
    tryReport(files[part], part, isElsewhere ? 'name another file with --junit' : 'name another folder with --report');
  }
}

/**
 * Writes a QA run as a page (`qa.html`), as JUnit XML (`qa.junit.xml`), as JSON (`qa.json`) and as a recording
 * (`qa.recording.json`, which has no secret), 0600 each, and returns their names. Every secret is scrubbed by value, from each text before it is escaped for its file.
 * @throws Failure `invalid` when the folder cannot be made or a file not be written
 */
export function writeQaReport(
  place: QaReportPlace,
  { run, recording }: RecordedQaRun,
  secrets: ReadonlySet<string>,
): readonly string[] {
  makeReportFolder(place.folder);
  const clean = scrubber(secrets);
  const told = cleanRun(run, clean);
  const exchangesOf = (id: string): StepExchange[] =>
    run.played.filter((one) => one.id === id).flatMap(({ summary }) => summary.run.executions.map(exchangeOf));
  const texts = {
    page: renderPage(qaPage(told, exchangesOf, clean), accountOf(run)),
    junit: junitOf(told),
    json: `${JSON.stringify(summaryOf(told), null, 2)}\n`,
    recording,
  };
  const files = filesOf(place);
  for (const part of reportParts) writeReport(files[part], texts[part], part);
  return Object.values(files);
}

/** A run without secrets in what is told of it; what Newman played stays as it was. */
export function cleanRun(run: QaRun, clean: (text: string) => string): QaRun {
  return { ...run, seed: clean(run.seed), results: run.results.map((result) => cleanResult(result, clean)) };
}

function exchangeOf({ cursor, request, response }: RunExecution): StepExchange {
  return { at: { row: cursor.iteration, position: cursor.position }, request, response };
}

/** Newman's accounts of all scenarios as one. */
function accountOf({ played, startedAt, durationMs }: QaRun): Account {
  const runs = played.map(({ summary }) => summary.run as Account & RunSummary['run']); // transfers are in no type
  const sum = (countOf: (run: Account) => number | undefined): number =>
    runs.reduce((total, run) => total + (countOf(run) ?? 0), 0);
  const requests = sum(({ stats }) => stats.requests.total);
  const waitedMs = sum(({ stats, timings }) => timings.responseAverage * (stats.requests.total ?? 0));
  const started = startedAt.getTime();
  return {
    executions: runs.flatMap((run) => run.executions),
    failures: runs.flatMap((run) => run.failures),
    stats: { requests: { total: requests }, assertions: { total: sum(({ stats }) => stats.assertions.total) } },
    timings: { started, completed: started + durationMs, responseAverage: requests === 0 ? 0 : waitedMs / requests },
    transfers: { responseTotal: sum(({ transfers }) => transfers.responseTotal) },
  };
}
