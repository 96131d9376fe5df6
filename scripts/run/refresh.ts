import { storeOf, type Context } from '../context';
import { exitCodeOf, type FailureKind } from '../errors';
import { formatSum, printAll, resultsOf } from '../fleet/print-results';
import { refreshListed } from './refresh-listed';
import type { BatchOptions, EnvironmentResult } from '../fleet/result';
import { hookConfig, type HookOptions, type HookConfig } from '../hooks/config';
import type { HookSummary, NotifiedResult } from '../hooks/notify';
import type { RunEnd } from '../monitoring/watch-run';
import type { WholeRun } from '../news/tell';

/** One run of `refresh`, by whomever it is started. */
export interface RefreshRun extends BatchOptions {
  /** Empty for every environment in the folder. */
  readonly names: readonly string[];
  readonly isDryRun: boolean;
  readonly isJson: boolean;
  /** Where there is no terminal, wait a moment first, because the schedulers of many machines start at the same minute. */
  readonly hasJitter: boolean;
  readonly reportFolder?: string | undefined;
  /** With all environments, off a terminal: people are reminded of consents that wait, this long after they were told. */
  readonly remindAfterMs?: number | undefined;
  /** Where to tell a monitor of the run; undefined: where the variable says. */
  readonly pingUrl?: string | undefined;
  /** The file to write for Prometheus after the run. */
  readonly metricsFile?: string | undefined;
  /** Undefined: no hook runs, not even one that a variable sets. */
  readonly hooks?: HookOptions;
}

const maxJitterMs = 5000;

/** Refreshes the environments that are due, and tells monitors of the run, if there are any. */
export async function refresh(options: RefreshRun, context: Context): Promise<number> {
  const { metricsFile } = options;
  if (metricsFile !== undefined) {
    const { checkEnding } = require('../environment/files/publish') as typeof import('../environment/files/publish');
    checkEnding(metricsFile, '--metrics', 'metrics');
  }
  const pingUrl = pingUrlOf(options, context);
  const run = (): Promise<RunEnd> => refreshOnce(options, context);
  if (options.isDryRun || (pingUrl ?? metricsFile) === undefined) return (await run()).exitCode;
  const { watchRun } = require('../monitoring/watch-run') as typeof import('../monitoring/watch-run');
  const { exitCode, untaken } = await watchRun({ pingUrl, metricsFile }, run, context);
  const text = `evergrant: the ping was not taken (${untaken ?? ''}): the monitor may call this run missing`;
  if (pingUrl !== undefined) await notesOf('ping', untaken === undefined ? {} : { untaken: text }, context);
  return exitCode;
}

/** The variable that names the address; it is a secret, so it should not be an argument, which all users can see. */
const pingVariable = 'EVERGRANT_PING_URL';

/** The address to ping. The variable is for cron: a person who refreshes one environment is no sign of life. */
function pingUrlOf({ names, pingUrl }: RefreshRun, context: Context): URL | undefined {
  const fromEnv = names.length === 0 ? (context.env()[pingVariable]?.trim() ?? '') : '';
  const text = pingUrl ?? fromEnv;
  if (text === '' && pingUrl === undefined) return undefined;
  context.console.secrets.add(text.trim());
  const { parsePingUrl } = require('../monitoring/ping') as typeof import('../monitoring/ping');
  return parsePingUrl(text, pingUrl === undefined ? pingVariable : '--ping');
}

/** One that fails doesn't stop the others. */
async function refreshOnce(options: RefreshRun, context: Context): Promise<RunEnd> {
  const hooks = options.hooks && hookConfig(options.hooks, context.env());
  const isAll = options.names.length === 0;
  const {
    done: all,
    isWhole,
    untouched,
  } = isShared(options, context)
    ? await refreshFleet(options, hooks !== undefined, context)
    : await refreshListed(options, () => beforeSending(options, context), context);
  const done = isAll ? all.filter(({ result }) => result.error?.code !== 'renamed') : all; // since they were listed; the next run has them
  const isTold = isAll && !options.isDryRun && !context.console.isTerminal;
  const sum = formatSum(done, untouched);
  if (!options.isJson) printAll(isTold ? resultsOf(done) : done, isAll ? sum : undefined, context);
  if (isAll && isWhole && !options.isDryRun) await tellMoved(done, context);
  const reminded = isTold ? await newsOf({ done, isWhole, remindAfterMs: options.remindAfterMs }, context) : [];
  const notified =
    hooks === undefined || options.isDryRun
      ? { done, isCutOff: false }
      : await notifyBy(hooks, done, reminded, context);
  if (options.isJson)
    context.console.print(JSON.stringify({ results: notified.done.map(({ result }) => result) }, null, 2));
  const isCutOff = notified.isCutOff || !isWhole;
  const exitCode = exitCodeOf(notified.done.flatMap(kindsOf)) || (isCutOff ? context.signals.exitCode() : 0);
  return { exitCode, summary: sum };
}

/** What a run has done. */
interface Done {
  readonly done: readonly EnvironmentResult[];
  /** Whether every environment was looked at; false after a signal. */
  readonly isWhole: boolean;
  /** How many others are well and not due, and were not read. */
  readonly untouched: number;
}

/** Whether the store finds by itself what is due; where each is listed or a report is wanted, all are read. */
function isShared(options: RefreshRun, context: Context): boolean {
  const isListed = options.isJson || options.isDryRun || options.isForced || options.reportFolder !== undefined;
  return options.names.length === 0 && !isListed && storeOf(context).fleet !== undefined;
}

async function refreshFleet(options: RefreshRun, hasHooks: boolean, context: Context): Promise<Done> {
  const { refreshInFleet } = require('../fleet/refresh-fleet') as typeof import('../fleet/refresh-fleet');
  const isCounted =
    context.console.isTerminal || pingUrlOf(options, context) !== undefined || options.metricsFile !== undefined;
  const before = (): Promise<void> => beforeSending(options, context);
  const { done, untouched } = await refreshInFleet(options, { hasHooks, isCounted }, before, context);
  if (done.some(({ result }) => result.outcome === 'refreshed')) await tellDuplicatesIn(context);
  return { done, untouched, isWhole: !context.signals.isStopping() };
}

/** A job that was forgotten, or looks at the wrong place, refreshes nothing and fails at nothing. */
async function tellMoved(done: readonly EnvironmentResult[], context: Context): Promise<void> {
  const store = storeOf(context);
  const hasRefreshed = done.some(({ result }) => result.outcome === 'refreshed');
  const areMoved = done.length > 0 && done.every(({ result }) => result.detail === 'moved');
  const isAllMoved = areMoved && (await store.fleet?.count().then((count) => count === done.length)) !== false;
  const text = `note: every environment in ${store.where} was handed over: nothing is refreshed from there
  → see since when: npx evergrant status; where they are now, the job needs --environments or --store of that place`;
  if (isAllMoved || hasRefreshed) await notesOf('moved', isAllMoved ? { all: text } : {}, context);
}

/** Only a refresh ends another's token: a run that has refreshed nothing does not look for them. */
async function tellDuplicatesIn(context: Context): Promise<void> {
  const { overview } = storeOf(context);
  const { tellDuplicates } = require('./duplicates') as typeof import('./duplicates');
  await tellDuplicates((await overview?.owned()) ?? [], true, context);
}

/** @throws Failure where all environments would fail for one reason; one alone says its own */
async function beforeSending(options: RefreshRun, context: Context): Promise<void> {
  if (options.names.length !== 1) {
    const { demandKey } = require('../manage/sealing/sealed-facts') as typeof import('../manage/sealing/sealed-facts');
    await demandKey(context);
  }
  await jitter(options, context);
}

async function jitter({ hasJitter }: RefreshRun, { console, sleep }: Context): Promise<void> {
  if (hasJitter && !console.isTerminal) await sleep(Math.random() * maxJitterMs);
}

/** What the exit code counts: the failure of the refresh, and that of its hook. */
function kindsOf({ kind, hookKind }: NotifiedResult): FailureKind[] {
  return [kind, hookKind].filter((one) => one !== undefined);
}

async function newsOf(run: WholeRun, context: Context): Promise<readonly string[]> {
  const { tellNews } = require('../news/tell') as typeof import('../news/tell');
  return await tellNews(run, context);
}

async function notesOf(subject: string, notes: Readonly<Record<string, string>>, context: Context): Promise<void> {
  const { tellNotes } = require('../news/notes') as typeof import('../news/notes');
  await tellNotes(subject, notes, context);
}

async function notifyBy(
  hooks: HookConfig,
  done: readonly EnvironmentResult[],
  reminded: readonly string[],
  context: Context,
): Promise<HookSummary> {
  const { notifyHooks } = require('../hooks/notify') as typeof import('../hooks/notify');
  return await notifyHooks(done, hooks, context, new Set(reminded));
}
