import type { Context } from '../../context';
import type { ScenarioResult } from '../../report/result';
import { formatDuration } from '../../text/duration';
import type { LeftOut } from '../play/live';
import type { QaRun } from '../play/result';
import { countsOf, summaryOf } from './summary';

/** Says what came of a run: a line for each scenario, what failed in it, and a summary; or all of that as JSON. */
export function printRun(run: QaRun, leftOut: readonly LeftOut[], isJson: boolean, { console }: Context): void {
  if (isJson) {
    console.print(JSON.stringify({ ...summaryOf(run), leftOut }, null, 2));
    return;
  }
  for (const result of run.results) printResult(result, console);
  for (const { id, why } of leftOut) console.print(`left out  ${id}          ${why}`);
  const { passed, failed, notRun } = countsOf(run);
  const words = [`${passed} passed`, ...(failed ? [`${failed} failed`] : []), ...(notRun ? [`${notRun} not run`] : [])];
  console.print(
    `\n${run.results.length} scenarios: ${words.join(', ')}, in ${formatDuration(run.durationMs)} (seed ${run.seed})`,
  );
}

function printResult(
  { id, title, outcome, durationMs, steps }: ScenarioResult,
  { print, style }: Context['console'],
): void {
  const marks = { passed: style.green('passed  '), failed: style.red('failed  '), not_run: style.yellow('not run ') };
  print(`${marks[outcome]}  ${id}  ${(durationMs / 1000).toFixed(1).padStart(4)} s  ${title}`);
  const isTable = steps.some(({ row }) => row > 0);
  for (const { name, row, complaints } of steps) {
    for (const complaint of complaints) print(`          ${name}${isTable ? `, row ${row + 1}` : ''}: ${complaint}`);
  }
}
