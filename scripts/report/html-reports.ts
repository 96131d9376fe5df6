import type { EventEmitter } from 'node:events';
import path from 'node:path';
import type { NewmanRunSummary } from 'newman';
import { Failure } from '../errors';
import type { Reports } from '../newman/send';
import { watchSteps, type Exchange, type PlayedStep, type StepUnderWay } from '../newman/steps';
import { scrubber } from '../text/scrub';
import { makeReportFolder, writeReport } from './files';
import { renderPage, type Account } from './render';
import { runPage } from './run-page';

/**
 * Reports by newman-reporter-htmlextra, one page for each run, with mode 0600. Secrets are scrubbed from all texts of
 * requests and answers, by value and by position, before the page is made; the page's own words are not changed.
 * @throws Failure `invalid` when the folder cannot be made
 */
export function htmlReports(folder: string): Reports {
  makeReportFolder(folder);
  const files: string[] = [];
  let problem: string | undefined;
  const attach: Reports['attach'] = (emitter, environment, request, secrets) => {
    const startedAt = new Date();
    const exchanges: Exchange[] = [];
    const steps = new Map<string, StepUnderWay>();
    watchSteps(emitter, steps, (exchange) => exchanges.push(exchange));
    emitter.on('beforeDone', () => {
      const { run } = (emitter as EventEmitter & { summary: NewmanRunSummary }).summary; // set by Newman
      const durationMs = Date.now() - startedAt.getTime();
      const sent = { request, environment, startedAt, durationMs, steps: [...steps.values()].map(answered) };
      const clean = scrubber(secrets);
      const file = freeName(folder, environment, request, files);
      files.push(file);
      const page = renderPage(runPage(sent, exchanges, clean), run as NewmanRunSummary['run'] & Account); // as it is
      problem = problemOf(file, page);
    });
  };
  return { attach, files, problem: () => problem };
}

function answered(step: PlayedStep): PlayedStep {
  return step.status === 0 ? { ...step, complaints: [...step.complaints, 'no answer came'] } : step;
}

function problemOf(file: string, page: string): string | undefined {
  try {
    writeReport(file, page, 'page');
    return undefined;
  } catch (error) {
    if (error instanceof Failure) return `the report could not be written: ${error.message}`;
    throw error;
  }
}

/** `acme-refresh-tokens.html`, with `-2` and `-3` for further tries in the same run. */
function freeName(folder: string, environment: string, request: string, taken: readonly string[]): string {
  const stem = path.join(folder, `${environment}-${request.toLowerCase().replaceAll(' ', '-')}`);
  const tries = taken.filter((file) => file.startsWith(`${stem}.`) || file.startsWith(`${stem}-`)).length;
  return tries === 0 ? `${stem}.html` : `${stem}-${tries + 1}.html`;
}
