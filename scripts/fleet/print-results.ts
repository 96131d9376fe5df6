import type { Context } from '../context';
import { counted } from '../text/count';
import { formatDuration } from '../text/duration';
import type { EnvironmentResult, RefreshResult } from './result';

/**
 * Prints every named environment; of a whole store only those that were due, because cron mails everything printed, and the
 * sum for a person.
 */
export function printAll(done: readonly EnvironmentResult[], sum: string | undefined, context: Context): void {
  const { console } = context;
  const shown = sum !== undefined ? done.filter(({ result }) => result.outcome !== 'not_due' || result.dryRun) : done;
  for (const { result } of shown) printResult(result, context);
  if (sum !== undefined) console.tell(sum);
}

/** `300 environments: 290 not due, 10 refreshed`; `untouched` more are not due. */
export function formatSum(done: readonly EnvironmentResult[], untouched = 0): string {
  const counts = new Map<string, number>(untouched === 0 ? [] : [['not_due', untouched]]);
  for (const { result } of done) counts.set(result.outcome, (counts.get(result.outcome) ?? 0) + 1);
  const words = [...counts].map(([outcome, count]) => `${count} ${outcome.replaceAll('_', ' ')}`);
  return `${counted(done.length + untouched, 'environment')}${words.length === 0 ? '' : `: ${words.join(', ')}`}`;
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
