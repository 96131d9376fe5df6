import type { Command } from 'commander';
import { addHookOptions, hookOptions, type HookFlags } from '../commands/hook-options';
import { command, duration, load, wholeNumber, type Run } from '../commands/options';
import type { RefreshCommand } from '../commands/refresh';
import { invalid } from '../errors';
import { defineLogCommand } from './log';
import { defineStatusCommand } from './status';

interface RefreshFlags extends HookFlags {
  readonly all?: true;
  readonly force?: true;
  readonly keepAlive?: true;
  readonly dryRun?: true;
  readonly json?: true;
  readonly report?: string;
  readonly minValidity: number;
  readonly patience: number;
  readonly wait: number;
  readonly concurrency: number;
  readonly processes?: number;
  readonly jitter: boolean;
}

export function defineRefreshCommands(program: Command, run: Run): void {
  const refresh = command(
    program,
    'refresh [names...]',
    'refresh the tokens of environments that are due',
    'refresh acme --min-validity 20m',
  )
    .option('--all', 'every environment in the folder')
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
    .action((names: string[], flags: RefreshFlags) =>
      run((context) => load('refresh').refresh(refreshCommand(names, flags), context)),
    );
  addHookOptions(refresh);
  defineStatusCommand(program, run);
  defineLogCommand(program, run);
  command(program, 'token <name>', 'print a valid access token, refreshed first if need be', 'token acme --header')
    .option('--header', 'print a whole Authorization header')
    .addOption(duration('--min-validity <duration>', 'refresh first when it has less left', '5m'))
    .addOption(duration('--patience <duration>', 'how long to go on asking', '60s'))
    .addOption(duration('--wait <duration>', 'how long to wait for another process', '30s'))
    .action((name: string, o: RefreshFlags & { header?: true }) => {
      const options = {
        name,
        asHeader: o.header === true,
        minValidityMs: o.minValidity,
        patienceMs: o.patience,
        waitMs: o.wait,
      };
      return run((context) => load('token').token(options, context));
    });
  command(
    program,
    'exec <name> <command...>',
    'run a command with a valid access token',
    'exec acme -- node invoices.js',
  )
    .addOption(duration('--min-validity <duration>', 'refresh first when it has less left', '5m'))
    .addOption(duration('--patience <duration>', 'how long to go on asking', '60s'))
    .addOption(duration('--wait <duration>', 'how long to wait for another process', '30s'))
    .action((name: string, words: [string, ...string[]], o: RefreshFlags) => {
      const { minValidity: minValidityMs, patience: patienceMs, wait: waitMs } = o;
      const options = { name, command: words, minValidityMs, patienceMs, waitMs };
      return run((context) => load('exec').exec(options, context));
    });
}

const concurrency = wholeNumber(
  '--concurrency <number>',
  'how many environments to ask for at the same time, at the most',
).default(100);

const processes = wholeNumber(
  '--processes <number>',
  'how many processes share them (default: one for each core, where there are enough)',
);

function refreshCommand(names: string[], flags: RefreshFlags): RefreshCommand {
  if ((names.length === 0) === (flags.all === undefined)) {
    throw invalid(
      'which',
      'refresh takes the names of environments, or --all',
      'see what there is: npx evergrant status',
    );
  }
  return {
    names,
    isForced: flags.force === true,
    profile: flags.keepAlive ? { kind: 'keep_alive' } : { kind: 'min_validity', ms: flags.minValidity },
    patienceMs: flags.patience,
    waitMs: flags.wait,
    isDryRun: flags.dryRun === true,
    isJson: flags.json === true,
    concurrency: flags.concurrency,
    ...(flags.processes === undefined ? {} : { processes: flags.processes }),
    hasJitter: flags.jitter && flags.all === true,
    hooks: hookOptions(flags),
    ...(flags.report === undefined ? {} : { reportFolder: flags.report }),
  };
}
