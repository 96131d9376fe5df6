import type { ScenarioResult } from '../../report/result';
import type { Console } from '../../terminal/console';
import { formatDuration } from '../../text/duration';
import type { LeftOut } from '../play/live';
import type { QaRun } from '../play/result';
import { countsOf, summaryOf } from './summary';
import { counted } from '../../text/count';

/** Prints a run as JSON. */
export function printJson(run: QaRun, leftOut: readonly LeftOut[], { print }: Console): void {
  print(JSON.stringify({ ...summaryOf(run), leftOut }, null, 2));
}

/** Prints what came of a run: on a terminal a line for each scenario, which elsewhere was printed when it ended; and a summary. */
export function printRun(run: QaRun, leftOut: readonly LeftOut[], console: Console): void {
  const { print, isTerminal } = console;
  const left = run.results.filter(({ outcome }) => isTerminal || outcome === 'not_run');
  for (const result of left) printResult(result, print, console);
  for (const { id, why } of leftOut) print(`left out  ${id}          ${why}`);
  const { passed, failed, notRun } = countsOf(run);
  const why = run.stoppedBy === 'signal' ? ' after the signal' : '';
  const words = [
    `${passed} passed`,
    ...(failed ? [`${failed} failed`] : []),
    ...(notRun ? [`${notRun} not run${why}`] : []),
  ];
  print(
    `\n${counted(run.results.length, 'scenario')}: ${words.join(', ')}, in ${formatDuration(run.durationMs)} (seed ${run.seed})`,
  );
}

/** Prints a scenario's line, and below it everything that failed. */
export function printResult(
  { id, title, outcome, durationMs, steps }: ScenarioResult,
  print: Console['print'],
  { style }: Pick<Console, 'style'>,
): void {
  const marks = { passed: style.green('passed  '), failed: style.red('failed  '), not_run: style.yellow('not run ') };
  print(`${marks[outcome]}  ${id}  ${(durationMs / 1000).toFixed(1).padStart(4)} s  ${title}`);
  const isTable = steps.some(({ row }) => row > 0);
  for (const { name, row, complaints } of steps) {
    for (const complaint of complaints) print(`          ${name}${isTable ? `, row ${row + 1}` : ''}: ${complaint}`);
  }
}
