import { storeOf, type Context } from '../context';
import { duplicateGrants, sayDuplicates } from '../environment/duplicates';
import { noEnvironments } from '../environment/files/files';
import { exitCodeOf, type FailureKind } from '../errors';
import type { BatchOptions, OnDone, Refreshed, RefreshResult } from '../fleet/result';
import { dryRun, findDue } from '../fleet/scan';
import { hookConfig, type HookOptions, type HookConfig } from '../hooks/config';
import type { HookSummary, NotifiedResult } from '../hooks/notify';
import type { Reports } from '../newman/send';
import { sayDuration } from '../text/duration';

export interface RefreshCommand extends BatchOptions {
  /** Empty for every environment in the folder. */
  readonly names: readonly string[];
  readonly isDryRun: boolean;
  readonly isJson: boolean;
  /** Off a terminal, wait a moment first: many machines' clocks strike the same minute. */
  readonly hasJitter: boolean;
  readonly reportFolder?: string;
  /** Left out, none runs, whatever the variables say. */
  readonly hooks?: HookOptions;
}

const longestJitterMs = 5000;

/** Refreshes what is due of the named environments, or of all in the folder; one bad one never stops the others. */
export async function refresh(options: RefreshCommand, context: Context): Promise<number> {
  const orders = options.hooks && hookConfig(options.hooks, context.outside());
  const isAll = options.names.length === 0;
  const names = isAll ? await storeOf(context).names() : options.names;
  if (names.length === 0) throw noEnvironments(context.folder);
  const done = options.isDryRun
    ? await dryRun(names, options, context)
    : inOrder(names, await refreshNames(names, options, context));
  if (!options.isJson) sayAll(done, isAll, context);
  const told =
    orders === undefined || options.isDryRun ? { done, isCutOff: false } : await notifyBy(orders, done, context);
  if (options.isJson)
    context.console.print(JSON.stringify({ results: told.done.map(({ result }) => result) }, null, 2));
  const isCutOff = told.isCutOff || done.length < names.length;
  return exitCodeOf(told.done.flatMap(kindsOf)) || (isCutOff ? context.signals.exitCode() : 0);
}

/** A hook that failed is this run's failure, though nothing is wrong with the environment. */
function kindsOf({ kind, hookKind }: NotifiedResult): FailureKind[] {
  return [kind, hookKind].filter((one) => one !== undefined);
}

async function notifyBy(orders: HookConfig, done: readonly Refreshed[], context: Context): Promise<HookSummary> {
  const { notifyHooks } = require('../hooks/notify') as typeof import('../hooks/notify');
  return await notifyHooks(done, orders, context);
}

async function refreshNames(names: readonly string[], options: RefreshCommand, context: Context): Promise<Refreshed[]> {
  const { console, sleep } = context;
  const { settled, due, owned } = await findDue(names, options, context);
  const reports = options.reportFolder === undefined ? undefined : reportsIn(options.reportFolder);
  if (options.hasJitter && due.length > 0 && !console.isTerminal) await sleep(Math.random() * longestJitterMs);
  const done = [...settled];
  const progress = due.length > 1 ? console.progress(due.length, 'environments') : undefined;
  const onDone: OnDone = (one) => {
    done.push(one);
    progress?.advance();
  };
  if (due.length > 0) await crew().refreshAll(due, options, context, reports, onDone);
  progress?.end();
  for (const group of duplicateGrants(owned)) console.say(`note: ${sayDuplicates(group)}`);
  for (const file of reports?.files ?? []) console.say(`report: ${file}`);
  if (reports?.problem() !== undefined) console.say(`evergrant: ${reports.problem()}`);
  return done;
}

/** Loaded only where something is due. */
function crew(): typeof import('../fleet/refresh-all') {
  return require('../fleet/refresh-all') as typeof import('../fleet/refresh-all');
}

function reportsIn(folder: string): Reports {
  const { htmlReports } = require('../report/html-reports') as typeof import('../report/html-reports');
  return htmlReports(folder);
}

/** In the order in which they were asked for, whichever was done first. */
function inOrder(names: readonly string[], done: readonly Refreshed[]): Refreshed[] {
  const places = new Map(names.map((name, place) => [name, place]));
  return done.toSorted((a, b) => (places.get(a.given) ?? 0) - (places.get(b.given) ?? 0));
}

/** Every environment that was named; of all of a folder only what changed, so that cron has nothing to mail. */
function sayAll(done: readonly Refreshed[], isAll: boolean, context: Context): void {
  const { console } = context;
  const told = isAll ? done.filter(({ result }) => result.outcome !== 'not_due' || result.dryRun) : done;
  for (const { result } of told) sayResult(result, context);
  if (!isAll || (told.length === 0 && !console.isTerminal)) return;
  const counts = new Map<string, number>();
  for (const { result } of done) counts.set(result.outcome, (counts.get(result.outcome) ?? 0) + 1);
  const words = [...counts].map(([outcome, count]) => `${count} ${outcome.replaceAll('_', ' ')}`);
  console.say(`${done.length} environments${words.length === 0 ? '' : `: ${words.join(', ')}`}`);
}

function sayResult(result: RefreshResult, { console, now }: Context): void {
  const { style } = console;
  if (result.error !== null) {
    console.say(`evergrant: ${result.error.message}\n  → ${result.error.hint}`);
    return;
  }
  const said =
    result.dryRun === true && result.outcome === 'refreshed' ? 'would be refreshed' : sayings[result.outcome];
  const left = Date.parse(result.accessTokenExpiresAt ?? '') - now().getTime();
  const validity = Number.isNaN(left)
    ? ''
    : left > 0
      ? `, access token good for ${sayDuration(left)}`
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
