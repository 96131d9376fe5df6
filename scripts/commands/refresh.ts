import type { Command } from 'commander';
import { storeOf, type Context } from '../context';
import { duplicateGrants, formatDuplicates } from '../environment/duplicates';
import { noEnvironments } from '../environment/files/files';
import { exitCodeOf, invalid, type FailureKind } from '../errors';
import type { BatchOptions, OnDone, EnvironmentResult, RefreshResult } from '../fleet/result';
import { dryRun, findDue } from '../fleet/scan';
import { hookConfig, type HookOptions, type HookConfig } from '../hooks/config';
import type { HookSummary, NotifiedResult } from '../hooks/notify';
import type { Reports } from '../newman/send';
import { formatDuration } from '../text/duration';
import { addHookOptions, hookOptions, type HookFlags } from './hook-options';
import { command, duration, wholeNumber, type Run } from './options';
import { counted } from '../text/count';

export interface RefreshCommand extends BatchOptions {
  /** Empty for every environment in the folder. */
  readonly names: readonly string[];
  readonly isDryRun: boolean;
  readonly isJson: boolean;
  /** Where there is no terminal, wait a moment first, because the schedulers of many machines start at the same minute. */
  readonly hasJitter: boolean;
  readonly reportFolder?: string | undefined;
  /** Undefined: no hook runs, not even one that a variable sets. */
  readonly hooks?: HookOptions;
}

interface RefreshFlags extends HookFlags {
  readonly all?: boolean;
  readonly force?: boolean;
  readonly keepAlive?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly report?: string;
  readonly minValidity: number;
  readonly patience: number;
  readonly wait: number;
  readonly concurrency: number;
  readonly processes?: number;
  readonly jitter: boolean;
}

export function define(program: Command, run: Run): void {
  const refreshVerb = command(
    program,
    'refresh [names...]',
    'refresh the tokens of environments that are due',
    'refresh acme --min-validity 20m',
  )
    .option(
      '--all',
      'every environment in the folder; some are refreshed a little early, so that not all are due at once',
    )
    .option('--force', 'due or not')
    .addOption(duration('--min-validity <duration>', 'due when the access token has less left', '15m'))
    .option('--keep-alive', 'due when the last rotation is a day old, whatever the access token has left')
    .addOption(duration('--patience <duration>', 'how long to go on asking a server that does not answer', '60s'))
    .addOption(duration('--wait <duration>', 'how long to wait for another process', '30s'))
    .addOption(concurrency)
    .addOption(processes)
    .option('--no-jitter', 'with --all off a terminal: start at once, not within the next five seconds')
    .option('--dry-run', 'say what would be done; ask nobody, change nothing')
    .option('--report <dir>', 'write an HTML report of each Newman run there, without secrets')
    .option('--json', 'print JSON')
    .action((names: string[], flags: RefreshFlags) => run((context) => refresh(refreshCommand(names, flags), context)));
  addHookOptions(refreshVerb);
}

const concurrency = wholeNumber(
  '--concurrency <number>',
  'how many environments to ask for at the same time, at the most',
).default(100);

const processes = wholeNumber(
  '--processes <number>',
  'how many processes share them (default: one for each core, where there are enough)',
);

function refreshCommand(names: readonly string[], flags: RefreshFlags): RefreshCommand {
  const { all = false, force = false, keepAlive = false, dryRun = false, json = false } = flags;
  if ((names.length === 0) !== all) {
    throw invalid(
      'which',
      'refresh takes the names of environments, or --all',
      'see what there is: npx evergrant status',
    );
  }
  return {
    names,
    isForced: force,
    isSpread: all,
    profile: keepAlive ? { kind: 'keep_alive' } : { kind: 'min_validity', ms: flags.minValidity },
    patienceMs: flags.patience,
    waitMs: flags.wait,
    isDryRun: dryRun,
    isJson: json,
    concurrency: flags.concurrency,
    processes: flags.processes,
    hasJitter: flags.jitter && all,
    hooks: hookOptions(flags),
    reportFolder: flags.report,
  };
}

const maxJitterMs = 5000;

/** Refreshes the environments that are due, of those named or of all in the folder. One that fails doesn't stop the others. */
export async function refresh(options: RefreshCommand, context: Context): Promise<number> {
  const hooks = options.hooks && hookConfig(options.hooks, context.env());
  const isAll = options.names.length === 0;
  const names = isAll ? await storeOf(context).names() : [...new Set(options.names)];
  if (names.length === 0) throw noEnvironments(context.folder);
  const done = options.isDryRun
    ? await dryRun(names, options, context)
    : inOrder(names, await refreshNames(names, options, context));
  if (!options.isJson) printAll(done, isAll, context);
  const notified =
    hooks === undefined || options.isDryRun ? { done, isCutOff: false } : await notifyBy(hooks, done, context);
  if (options.isJson)
    context.console.print(JSON.stringify({ results: notified.done.map(({ result }) => result) }, null, 2));
  const isCutOff = notified.isCutOff || done.length < names.length;
  return exitCodeOf(notified.done.flatMap(kindsOf)) || (isCutOff ? context.signals.exitCode() : 0);
}

/** What the exit code counts: the failure of the refresh, and that of its hook. */
function kindsOf({ kind, hookKind }: NotifiedResult): FailureKind[] {
  return [kind, hookKind].filter((one) => one !== undefined);
}

async function notifyBy(hooks: HookConfig, done: readonly EnvironmentResult[], context: Context): Promise<HookSummary> {
  const { notifyHooks } = require('../hooks/notify') as typeof import('../hooks/notify');
  return await notifyHooks(done, hooks, context);
}

async function refreshNames(
  names: readonly string[],
  options: RefreshCommand,
  context: Context,
): Promise<EnvironmentResult[]> {
  const { console, sleep } = context;
  const isAll = options.names.length === 0;
  const { settled, due, owned } = await findDue(names, { ...options, isAll }, context);
  const reports = options.reportFolder === undefined ? undefined : reportsIn(options.reportFolder);
  if (options.hasJitter && due.length > 0 && !console.isTerminal) await sleep(Math.random() * maxJitterMs);
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
  for (const group of duplicateGrants(owned)) console.say(`note: ${formatDuplicates(group)}`);
  for (const file of reports?.files ?? []) console.say(`report: ${file}`);
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

/** Prints every named environment; of a whole folder only those that were due, because cron mails everything printed. */
function printAll(done: readonly EnvironmentResult[], isAll: boolean, context: Context): void {
  const { console } = context;
  const shown = isAll ? done.filter(({ result }) => result.outcome !== 'not_due' || result.dryRun) : done;
  for (const { result } of shown) printResult(result, context);
  if (!isAll || (shown.length === 0 && !console.isTerminal)) return;
  const counts = new Map<string, number>();
  for (const { result } of done) counts.set(result.outcome, (counts.get(result.outcome) ?? 0) + 1);
  const words = [...counts].map(([outcome, count]) => `${count} ${outcome.replaceAll('_', ' ')}`);
  console.say(`${counted(done.length, 'environment')}${words.length === 0 ? '' : `: ${words.join(', ')}`}`);
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
