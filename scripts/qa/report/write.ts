import path from 'node:path';
import type { RunExecution, RunSummary } from '../../newman/run';
import { cleanResult } from '../../report/clean';
import { makeReportFolder, writeReport } from '../../report/files';
import { renderPage, type Account } from '../../report/render';
import type { StepExchange } from '../../report/section';
import { scrubber } from '../../text/scrub';
import type { QaRun } from '../play/result';
import { junitOf } from './junit';
import { qaPage } from './page';
import { summaryOf } from './summary';

export interface QaReportPlace {
  readonly folder: string;
  /** Where the JUnit file goes, for a CI that looks elsewhere. Default: beside the other files. */
  readonly junitFile?: string;
}

/**
 * Writes a QA run as a page (`qa.html`), as JUnit XML (`qa.junit.xml`) and as JSON (`qa.json`), 0600 each, and returns
 * their names. Every secret is scrubbed by value, from each text before it is escaped for its file.
 * @throws Failure `invalid` when the folder cannot be made or a file not be written
 */
export function writeQaReport(
  { folder, junitFile = path.join(folder, 'qa.junit.xml') }: QaReportPlace,
  run: QaRun,
  secrets: ReadonlySet<string>,
): readonly string[] {
  makeReportFolder(folder);
  const clean = scrubber(secrets);
  const told = cleanRun(run, clean);
  const exchangesOf = (id: string): StepExchange[] =>
    run.played.filter((one) => one.id === id).flatMap(({ summary }) => summary.run.executions.map(exchangeOf));
  const files = {
    [path.join(folder, 'qa.html')]: renderPage(qaPage(told, exchangesOf, clean), accountOf(run)),
    [junitFile]: junitOf(told),
    [path.join(folder, 'qa.json')]: `${JSON.stringify(summaryOf(told), null, 2)}\n`,
  };
  return Object.entries(files).map(([file, text]) => {
    writeReport(file, text);
    return file;
  });
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
