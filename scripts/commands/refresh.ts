import { Option, type Command } from 'commander';
import { invalid } from '../errors';
import { refresh, type RefreshRun } from '../run/refresh';
import { minuteMs, parseDuration } from '../text/duration';
import { addHookOptions, hookOptions, type HookFlags } from './hook-options';
import { command, duration, wholeNumber, type Run } from './options';

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
  readonly remind?: number;
  readonly ping?: string;
  readonly metrics?: string;
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
    .addOption(
      new Option(
        '--remind <duration>',
        'with --all off a terminal: say again, as often, which consents wait',
      ).argParser(parseDuration),
    )
    .option('--ping <url>', 'tell a monitor that the run begins and how it ended; better as EVERGRANT_PING_URL in .env')
    .option('--metrics <file>', "write status and run for Prometheus' textfile collector; the name ends in .prom")
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

function refreshCommand(names: readonly string[], flags: RefreshFlags): RefreshRun {
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
    remindAfterMs: remindAfter(flags.remind),
    pingUrl: flags.ping,
    metricsFile: flags.metrics,
    reportFolder: flags.report,
  };
}

/** A reminder with every run would be none. */
const shortestReminderMs = 60 * minuteMs;

export function remindAfter(ms: number | undefined): number | undefined {
  if (ms === undefined || ms >= shortestReminderMs) return ms;
  throw invalid('bad_duration', '--remind takes an hour at the least', 'write --remind 3d');
}
