import { storeOf, type Context } from '../context';
import type { Reports } from '../newman/send';
import type { BatchOptions, EnvironmentResult, OnDone } from '../fleet/result';
import { dryRun, findDue } from '../fleet/scan';
import { tellDuplicates } from './duplicates';

/** What reading environments one by one, and refreshing those that are due, is for. */
export interface ListedRun extends BatchOptions {
  /** Empty for every environment of the store. */
  readonly names: readonly string[];
  readonly isDryRun: boolean;
  readonly reportFolder?: string | undefined;
}

/** Reads the named environments, or all, and refreshes those that are due. One that fails doesn't stop the others. */
export async function refreshListed(
  options: ListedRun,
  beforeSending: () => Promise<void>,
  context: Context,
): Promise<{ readonly done: readonly EnvironmentResult[]; readonly isWhole: boolean; readonly untouched: number }> {
  const names = options.names.length === 0 ? await storeOf(context).names() : [...new Set(options.names)];
  if (names.length === 0) throw storeOf(context).noneFound();
  const done = options.isDryRun
    ? await dryRun(names, options, context)
    : inOrder(names, await refreshNames(names, options, beforeSending, context));
  return { done, isWhole: done.length === names.length, untouched: 0 };
}

async function refreshNames(
  names: readonly string[],
  options: ListedRun,
  beforeSending: () => Promise<void>,
  context: Context,
): Promise<EnvironmentResult[]> {
  const { console } = context;
  const isAll = options.names.length === 0;
  const { settled, due, owned } = await findDue(names, { ...options, isAll }, context);
  const reports = options.reportFolder === undefined ? undefined : reportsIn(options.reportFolder);
  if (due.length > 0) await beforeSending();
  const done = [...settled];
  const progress = due.length > 1 ? console.progress(due.length, 'environments') : undefined;
  const onDone: OnDone = (one) => {
    done.push(one);
    progress?.advance();
  };
  if (due.length > 0) {
    const { refreshAll } = require('../fleet/refresh-all') as typeof import('../fleet/refresh-all');
    await refreshAll(due, options, context, reports, onDone);
  }
  progress?.end();
  await tellDuplicates(owned, isAll, context);
  for (const file of reports?.files ?? []) console.tell(`report: ${file}`);
  const problem = reports?.problem();
  if (problem !== undefined) console.say(`evergrant: ${problem}`);
  return done;
}

function reportsIn(folder: string): Reports {
  const { htmlReports } = require('../report/html-reports') as typeof import('../report/html-reports');
  return htmlReports(folder);
}

/** The results in the order of the names, instead of the order in which they were ready. */
function inOrder(names: readonly string[], done: readonly EnvironmentResult[]): EnvironmentResult[] {
  const positions = new Map(names.map((name, position) => [name, position]));
  return done.toSorted((a, b) => (positions.get(a.given) ?? 0) - (positions.get(b.given) ?? 0));
}
