import fs from 'node:fs';
import path from 'node:path';
import { Option, type Command } from 'commander';
import { storeOf, type Context } from '../context';
import { formatDuplicates } from '../environment/duplicates';
import { checkEnding, writeWhole } from '../environment/files/publish';
import type { Unconfirmed } from '../environment/store';
import { invalid } from '../errors';
import type { DailyHistory } from '../history/days';
import { packageFolder } from '../package-folder';
import { formatCounts, formatUnconfirmed } from '../status/cells';
import { selectableStates, type StatusFilter } from '../status/filter';
import { lineOf } from '../status/listed-rows';
import { readStatus, type StatusReport, type StatusRequest } from '../status/read-status';
import { rowsInFrame, statusFrame, statusTable } from '../status/table';
import { failureOf } from '../terminal/console';
import { counted } from '../text/count';
import { formatSince } from '../text/since';
import { command, duration, wholeNumber, type Run } from './options';

export interface StatusCommand {
  readonly names: readonly string[];
  readonly isJson: boolean;
  readonly filter?: StatusFilter | undefined;
  /** How many are shown at the most, the most urgent. */
  readonly limit?: number | undefined;
  /** The files to write for Prometheus, and as a page. */
  readonly metricsFile?: string | undefined;
  readonly htmlFile?: string | undefined;
  /** End with the exit code that a refresh would earn. */
  readonly isCheck?: boolean | undefined;
  /** Print the line of a Nagios plugin, and end as one. */
  readonly isForNagios?: boolean | undefined;
  /** Draw the table again and again, with this pause. */
  readonly watchEveryMs?: number | undefined;
}

interface StatusFlags {
  readonly json?: boolean;
  readonly metrics?: string;
  readonly html?: string;
  readonly watch?: boolean;
  readonly interval: number;
  readonly tenant?: string;
  readonly state?: string;
  readonly problems?: boolean;
  readonly limit?: number;
  readonly check?: boolean;
  readonly nagios?: boolean;
  readonly alertRules?: boolean;
  readonly dashboard?: boolean;
}

/** A longer table is read by nobody, and tells of thousands of well ones. */
const usualLimit = 1000;

export function define(program: Command, run: Run): void {
  command(program, 'status [names...]', 'show every connection, most urgent first; sends no request', 'status')
    .option('--json', 'print JSON')
    .addOption(new Option('--watch', 'draw it again and again').conflicts(['json', 'metrics', 'html']))
    .addOption(duration('--interval <duration>', 'how long --watch waits in between', '2s'))
    .option('--metrics <file>', "write it for Prometheus' textfile collector instead; the name ends in .prom")
    .option('--html <file>', 'write it as one page instead, for this user to look at')
    .addOption(new Option('--tenant <id>', 'only those of this organisation').conflicts('metrics'))
    .addOption(new Option('--state <state>', 'only those in this state').choices(selectableStates).conflicts('metrics'))
    .addOption(new Option('--problems', 'only those of which somebody should know').conflicts('metrics'))
    .addOption(new Option('--check', 'end with the exit code for what is wrong, 0 when nothing is').conflicts('watch'))
    .addOption(
      new Option('--nagios', 'print one line for Nagios and its kin, and end with their exit codes').conflicts([
        ...['json', 'watch', 'metrics', 'html', 'check'],
      ]),
    )
    .addOption(
      wholeNumber('--limit <number>', `show so many, the most urgent (default: ${usualLimit}; in JSON all)`, 1e6),
    )
    .addOption(new Option('--alert-rules', 'print alert rules for Prometheus, to adapt'))
    .addOption(new Option('--dashboard', 'print a dashboard for Grafana'))
    .action((names: string[], { json = false, metrics, html, watch, interval, ...flags }: StatusFlags) => {
      const watchEveryMs = watch === true ? interval : undefined;
      const filter = { tenantId: flags.tenant, state: flags.state, onlyProblems: flags.problems };
      const checks = { isCheck: flags.check, isForNagios: flags.nagios };
      const options = {
        names,
        isJson: json,
        filter,
        limit: flags.limit,
        metricsFile: metrics,
        htmlFile: html,
        watchEveryMs,
        ...checks,
      };
      const example =
        flags.alertRules === true ? 'alerts.yml' : flags.dashboard === true ? 'dashboard.json' : undefined;
      return run((context) => (example === undefined ? status(options, context) : printExample(example, context)));
    });
}

/** Prints a file of examples that is shipped with this package. */
async function printExample(file: string, { console }: Context): Promise<number> {
  console.print(fs.readFileSync(path.join(packageFolder, 'scripts/monitoring', file), 'utf8').trimEnd());
  return 0;
}

/** Prints the state of every connection, as its file has it. Sends no request, and writes only the files asked for. */
export async function status(options: StatusCommand, context: Context): Promise<number> {
  if (options.isForNagios === true) return await printPluginLine(options, context);
  if (options.metricsFile !== undefined) checkEnding(options.metricsFile, '--metrics', 'metrics');
  if (options.htmlFile !== undefined) checkEnding(options.htmlFile, '--html', 'page');
  if (options.watchEveryMs !== undefined) return await watch(options, options.watchEveryMs, context);
  const isForFiles = (options.metricsFile ?? options.htmlFile) !== undefined;
  const isWhole = isForFiles || options.isCheck === true;
  const limit = options.limit ?? (options.isJson ? Infinity : usualLimit);
  const report = await readStatus(requestOf(options, isWhole ? Infinity : limit), context);
  await writeFiles(report, options, context);
  if (options.isJson) {
    context.console.print(JSON.stringify({ environments: report.rows.slice(0, limit).map(lineOf) }, null, 2));
  } else if (!isForFiles) {
    printTable(report, limit, context);
    await sayPostponed(report.rows.slice(0, limit), context);
  }
  if (!isForFiles) {
    for (const group of report.duplicates) context.console.say(`note: ${formatDuplicates(group)}`);
  }
  if (options.isCheck === true) return checking().checkCode(report.rows, context.now());
  return options.names.length > 0 && (report.counts.get('invalid') ?? 0) > 0 ? 2 : 0;
}

/** The line for Nagios and its kin. They know no other exit codes, so a folder that can't be read is `UNKNOWN`. */
async function printPluginLine(options: StatusCommand, context: Context): Promise<number> {
  const { pluginResult, unknownResult } = checking();
  const { console, now } = context;
  try {
    const { rows, counts } = await readStatus(requestOf(options, Infinity), context);
    const { line, code } = pluginResult(rows, now(), counts);
    console.print(line);
    return code;
  } catch (error) {
    const { line, code } = unknownResult(failureOf(error, console).message);
    console.print(line);
    return code;
  }
}

function checking(): typeof import('../monitoring/check') {
  return require('../monitoring/check') as typeof import('../monitoring/check');
}

/** Those whose consent ends first come first: a check needs no more of those that are well. */
const enoughWell = 10_000;

/** What of the status this command shows, in its rows or in files. */
function requestOf(options: StatusCommand, most: number): StatusRequest {
  const { names, isJson, filter = {}, metricsFile, htmlFile, isCheck, isForNagios } = options;
  const isForMonitor = (isCheck === true && !isJson && metricsFile === undefined) || isForNagios === true;
  return {
    names,
    filter,
    most,
    mostWell: isForMonitor && htmlFile === undefined ? enoughWell : undefined,
    wanted: isJson ? 'lines' : htmlFile === undefined ? 'table' : 'page',
  };
}

async function writeFiles(
  { rows }: StatusReport,
  { names, metricsFile, htmlFile }: StatusCommand,
  context: Context,
): Promise<void> {
  const { console, now } = context;
  if (metricsFile !== undefined) {
    const { statusMetrics } = require('../status/metrics') as typeof import('../status/metrics');
    writeWhole(metricsFile, await statusMetrics(rows), 'metrics');
  }
  if (htmlFile !== undefined) {
    const { statusPage } = require('../status/page/page') as typeof import('../status/page/page');
    const { escapeHtml } = require('../text/html') as typeof import('../text/html');
    const history = await historyOf(names, context);
    writeWhole(htmlFile, console.asStarted(statusPage(rows, history, now()), escapeHtml), 'page');
    console.tell(`the page is in ${htmlFile}`);
  }
}

/** The days of those named, each from where it is kept; of all the store's when none is. */
async function historyOf(names: readonly string[], context: Context): Promise<DailyHistory> {
  const store = storeOf(context);
  const homes = [...new Set(names.length === 0 ? [store] : names.map((name) => store.homeOf(name)))];
  const all = await Promise.all(homes.map((home) => home.days(context.now())));
  return { byName: new Map(all.flatMap(({ byName }) => [...byName])), from: Math.min(...all.map(({ from }) => from)) };
}

function printTable({ rows, counts, total }: StatusReport, limit: number, context: Context): void {
  const { console, now } = context;
  const count = [...counts.values()].reduce((sum, one) => sum + one, 0);
  if (count === 0 && total > 0) {
    console.tell(`none of ${counted(total, 'environment')}`);
    return;
  }
  if (count === 0) {
    console.say(`no environments in ${storeOf(context).where}\n  → make one: npx evergrant init NAME`);
    return;
  }
  const [columns, words] = [console.columns() ?? Infinity, formatCounts(counts)];
  const sum = console.style.dim(words.length > columns ? words.replaceAll(', ', ',\n') : words);
  const shown = rows.slice(0, limit);
  const isCut = shown.length < count;
  if (isCut) console.print(sum);
  console.print(statusTable(shown, now(), console.style, columns).join('\n'));
  if (isCut) console.say(`and ${counted(count - limit, 'more environment')}: --limit, --state or --tenant shows them`);
  else console.print(sum);
  for (const { environment, replaced } of shown)
    if (replaced !== null) console.say(`note: ${environment} is ${replaced}`);
  for (const { environment, unconfirmed } of shown)
    if (unconfirmed !== null) sayUnconfirmed(environment, unconfirmed, context);
  for (const { error } of shown) if (error !== null) console.say(`${error.message}\n  → ${error.hint}`);
}

/** Until when those that fail are left alone. */
async function sayPostponed(rows: StatusReport['rows'], context: Context): Promise<void> {
  for (const { environment, standing } of rows) {
    if (standing?.detail !== 'failing') continue;
    const until = await storeOf(context).environment(environment).postponedUntil();
    if (until === null || until <= context.now()) continue;
    context.console.say(
      `note: ${environment} is left alone until ${formatSince(until, context.now())} UTC, as Xero asked`,
    );
  }
}

function sayUnconfirmed(environment: string, unconfirmed: Unconfirmed, { console }: Context): void {
  console.say(`note: ${environment} has newer tokens on this machine, in ${formatUnconfirmed(unconfirmed)}`);
  console.say(`  → npx evergrant refresh ${environment}`);
}

/** Shows the rows that the window has lines for, most urgent first, until a signal comes. */
async function watch(options: StatusCommand, everyMs: number, context: Context): Promise<number> {
  const { screen } = context.console;
  if (screen === undefined) {
    throw invalid('no_terminal', '--watch needs a terminal', 'for a program: npx evergrant status --json');
  }
  let wake = (): void => undefined;
  void context.signals.stopped().then(() => wake());
  try {
    while (!context.signals.isStopping()) {
      const { rows, counts } = await readStatus(requestOf(options, rowsInFrame(screen.size())), context);
      screen.show(statusFrame(rows, counts, context.now(), context.console.style, screen.size()));
      await new Promise<void>((resolve) => {
        wake = resolve;
        void context.sleep(Math.max(everyMs, shortestWatchMs)).then(resolve);
      });
    }
  } finally {
    screen.close();
  }
  return 0;
}

const shortestWatchMs = 100;
