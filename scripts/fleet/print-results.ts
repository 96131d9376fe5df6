import type { Context } from '../context';
import { counted } from '../text/count';
import { formatDuration } from '../text/duration';
import type { EnvironmentResult, RefreshResult } from './result';

/** Prints every named environment; of a whole folder only those that were due, because cron mails everything printed. */
export function printAll(done: readonly EnvironmentResult[], isAll: boolean, context: Context): void {
  const { console } = context;
  const shown = isAll ? done.filter(({ result }) => result.outcome !== 'not_due' || result.dryRun) : done;
  for (const { result } of shown) printResult(result, context);
  if (!isAll) return;
  console.tell(formatSum(done));
}

/** `300 environments: 290 not due, 10 refreshed` */
export function formatSum(done: readonly EnvironmentResult[]): string {
  const counts = new Map<string, number>();
  for (const { result } of done) counts.set(result.outcome, (counts.get(result.outcome) ?? 0) + 1);
  const words = [...counts].map(([outcome, count]) => `${count} ${outcome.replaceAll('_', ' ')}`);
  return `${counted(done.length, 'environment')}${words.length === 0 ? '' : `: ${words.join(', ')}`}`;
}

/** What cron's news leave for stdout. */
export function resultsOf(done: readonly EnvironmentResult[]): EnvironmentResult[] {
  const well = done.filter(({ result }) => result.error === null);
  return well.map((one) => ({ ...one, result: { ...one.result, warning: undefined } }));
}

function printResult(result: RefreshResult, { console, now }: Context): void {
  const { style } = console;
  if (result.error !== null) {
    console.say(`evergrant: ${result.error.message}\n  → ${result.error.hint}`);
    return;
  }
  const said =
    result.dryRun === true && result.outcome === 'refreshed' ? 'would be refreshed' : (sayings[result.outcome] ?? '');
  const left = Date.parse(result.accessTokenExpiresAt ?? '') - now().getTime();
  const validity = Number.isNaN(left)
    ? ''
    : left > 0
      ? `, access token good for ${formatDuration(left)}`
      : ', access token expired';
  if (result.warning !== undefined) console.say(`${style.yellow('note')}: ${result.warning}`);
  console.print(`${style.green(result.environment)}: ${said}${result.outcome === 'consent_needed' ? '' : validity}`);
}

const sayings: Readonly<Record<string, string>> = {
  refreshed: 'refreshed',
  not_due: 'not due',
  adopted: 'refreshed by another process just now',
  consent_needed: 'needs consent',
};
