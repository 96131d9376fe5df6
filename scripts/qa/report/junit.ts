import builder from 'junit-report-builder';
import type { PlayedStep } from '../../newman/steps';
import type { ScenarioResult } from '../../report/result';
import type { QaRun } from '../play/result';

/**
 * A QA run as JUnit XML, as CI servers read it: one suite, a test case for each scenario, whose name is its id. Scenarios
 * that were not run, after `--bail` or a signal, are skipped ones.
 */
export function junitOf({ seed, startedAt, durationMs, results }: QaRun): string {
  const report = builder.newBuilder();
  const suite = report.testSuite().name('evergrant QA').timestamp(startedAt.toISOString()).time(inSeconds(durationMs));
  suite.property('seed', written(seed));
  for (const { id, title, outcome, durationMs: ms, steps } of results) {
    const test = suite.testCase().className(written(title)).name(id).time(inSeconds(ms));
    if (outcome === 'not_run') test.skipped();
    if (outcome === 'failed') {
      const complaints = complaintsOf(steps);
      test.failure(complaints[0] ?? 'it failed', 'failed').stacktrace(complaints.join('\n') || 'it failed');
    }
  }
  return report.build();
}

function complaintsOf(steps: ScenarioResult['steps']): string[] {
  const isTable = steps.some(({ row }) => row > 0);
  const where = ({ name, row }: PlayedStep): string => (isTable ? `${name}, row ${row + 1}` : name);
  return steps.flatMap((step) => step.complaints.map((complaint) => written(`${where(step)}: ${complaint}`)));
}

function inSeconds(durationMs: number): number {
  return Math.round(durationMs) / 1000;
}

/** The library drops what XML cannot hold, but takes a neighbour of half a character with it, and ends CDATA only once. */
function written(text: string): string {
  return text.toWellFormed().replaceAll(']]>', ']] >');
}
