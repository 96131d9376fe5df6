import { Command, Option } from 'commander';
import type { Run } from './commands/options';
import type { Context } from './context';
import { invalid } from './errors';
import { helpShape } from './manual/help-shape';

/** A verb's module: it defines the command with its flags, and runs it. */
interface Verb {
  readonly define: (program: Command, run: Run) => void;
}

const adopt = (): Verb => require('./commands/adopt') as typeof import('./commands/adopt');

/**
 * Every verb, in the order of the help, and its module; {@link adopt} has two names.
 *
 * Cron starts this program every few minutes, so what a run may not need is loaded only where it is first used, by
 * `require(file) as typeof import(file)`:
 * - the module of a verb: when the verb is asked for
 * - Newman (0.4 s) and the code that makes reports of its runs: before the first request
 * - the code that refreshes several environments at once, and the one that runs hooks: when there is something to do
 * - the lock of an environment, its log and its recovered tokens: when the environment is about to change
 * - the parser of `.env`: when there is such a file
 * - the QA scenarios, the sandbox, the page and the metrics of `status`, progress bars: when they are asked for
 */
export const verbs: Readonly<Record<string, () => Verb>> = {
  init: () => require('./commands/init') as typeof import('./commands/init'),
  consent: () => require('./commands/consent') as typeof import('./commands/consent'),
  exchange: () => require('./commands/exchange') as typeof import('./commands/exchange'),
  listen: () => require('./commands/listen') as typeof import('./commands/listen'),
  refresh: () => require('./commands/refresh') as typeof import('./commands/refresh'),
  status: () => require('./commands/status') as typeof import('./commands/status'),
  list: () => require('./commands/fleet/list') as typeof import('./commands/fleet/list'),
  find: () => require('./commands/fleet/find') as typeof import('./commands/fleet/find'),
  log: () => require('./commands/log') as typeof import('./commands/log'),
  token: () => require('./commands/token') as typeof import('./commands/token'),
  exec: () => require('./commands/exec') as typeof import('./commands/exec'),
  serve: () => require('./commands/serve') as typeof import('./commands/serve'),
  client: () => require('./commands/client/client') as typeof import('./commands/client/client'),
  doctor: () => require('./commands/doctor') as typeof import('./commands/doctor'),
  set: () => require('./commands/fleet/set') as typeof import('./commands/fleet/set'),
  rename: () => require('./commands/fleet/rename') as typeof import('./commands/fleet/rename'),
  remove: () => require('./commands/fleet/remove') as typeof import('./commands/fleet/remove'),
  export: () => require('./commands/fleet/export') as typeof import('./commands/fleet/export'),
  adopt,
  import: adopt,
  store: () => require('./commands/store/store') as typeof import('./commands/store/store'),
  seal: () => require('./commands/key/seal') as typeof import('./commands/key/seal'),
  unseal: () => require('./commands/key/unseal') as typeof import('./commands/key/unseal'),
  key: () => require('./commands/key/key') as typeof import('./commands/key/key'),
  restore: () => require('./commands/restore') as typeof import('./commands/restore'),
  connections: () => require('./commands/connections') as typeof import('./commands/connections'),
  revoke: () => require('./commands/revoke') as typeof import('./commands/revoke'),
  schedule: () => require('./commands/schedule') as typeof import('./commands/schedule'),
  lint: () => require('./commands/lint') as typeof import('./commands/lint'),
  sandbox: () => require('./commands/sandbox') as typeof import('./commands/sandbox'),
  demo: () => require('./commands/demo') as typeof import('./commands/demo'),
  qa: () => require('./commands/qa') as typeof import('./commands/qa'),
  completion: () => require('./commands/manual/completion') as typeof import('./commands/manual/completion'),
  help: () => require('./commands/manual/help') as typeof import('./commands/manual/help'),
};

/** The program with its own flags, before any verb is defined. */
export function newProgram(version: string): Command {
  return new Command('evergrant')
    .description('Xero OAuth 2.0 for unattended programs: consent once, stay connected for ever')
    .version(version, '-v, --version', 'print the version')
    .addOption(
      new Option(
        '--environments <dir>',
        'where the environment files are (default: environments if it is there, else the data folder)',
      ).env('EVERGRANT_ENVIRONMENTS'),
    )
    .addOption(
      new Option(
        '--store <url>',
        'a PostgreSQL database with the environments, as in postgres://host/name; better as EVERGRANT_STORE; "" for files',
      ).argParser(storeGiven),
    )
    .configureHelp(helpShape)
    .hook('preAction', (_program, command) => refuseBlank(command));
}

/**
 * Blank is a variable of a script that is not set, but for `--store ""`, which says files whatever `EVERGRANT_STORE` says.
 * @throws Failure `invalid` for an option whose value is blank
 */
function refuseBlank(command: Command): void {
  const blank = command.options.find((option) => {
    const name = option.attributeName();
    if (name === 'store') return false;
    const given: unknown = command.getOptionValueSource(name) === 'cli' ? command.getOptionValue(name) : undefined;
    return [given].flat().some((value) => typeof value === 'string' && value.trim() === '');
  });
  if (blank !== undefined) {
    const flag = blank.long ?? blank.flags;
    throw invalid('blank_option', `${flag} is blank`, `give it a value, or leave ${flag} out`);
  }
  if (command.parent !== null) refuseBlank(command.parent);
}

/** Defines the verb on the command line; all verbs for what tells of all, and when no verb is named. */
export function defineCommands(
  program: Command,
  args: readonly string[],
  contextOf: () => Context,
  exitWith: (code: number) => void,
): void {
  program.addHelpText('after', `\nFirst:\n  $ npx evergrant init acme && npx evergrant consent acme`);
  for (const load of modulesFor(args)) {
    load().define(program, async (action) => exitWith(await action(contextOf())));
  }
}

/** The module of the verb; all, where all are told of or it is no verb; none for the version, which needs none. */
function modulesFor(args: readonly string[]): Iterable<() => Verb> {
  const verb = verbIn(args);
  const isOfAll = verb === 'help' || (verb === 'completion' && !args.includes('--names'));
  if (verb === undefined && args.some((word) => ['-v', '-V', '--version'].includes(word))) return [];
  const asked = isOfAll ? undefined : Object.entries(verbs).find(([name]) => name === verb);
  return asked === undefined ? new Set(Object.values(verbs)) : [asked[1]];
}

/** The word that is the verb; undefined when there is none, or help comes before it. */
function verbIn(args: readonly string[]): string | undefined {
  const at = verbAt(args);
  const isHelp = args.slice(0, at).some((word) => word === '-h' || word === '--help');
  return isHelp ? undefined : args[at];
}

const withValue: readonly (string | undefined)[] = ['--environments', '--store'];

/** Where the first word stands that is neither an option nor the value of one; -1 for nowhere. */
function verbAt(args: readonly string[]): number {
  return args.findIndex((word, index) => !word.startsWith('-') && !withValue.includes(args[index - 1]));
}

/** @throws Failure `invalid` for a URL with a password: all users of the machine can see it there */
function storeGiven(url: string): string {
  if (!/^[^/]*\/\/[^/@:]*:[^/@]*@|[?&]password=/i.test(url)) return url;
  const hint = 'put it in EVERGRANT_STORE, in .env or the process, or in a password file (~/.pgpass)';
  throw invalid('password_shown', '--store has a password, which all users of this machine can see', hint);
}

/**
 * The arguments of `exec` with `--` before the command that it runs, so that what follows is the command's own and no option
 * of this program. Commander's `passThroughOptions` would take the options between NAME and the command from `exec`.
 */
export function separated(program: Command, args: readonly string[]): string[] {
  const exec = program.commands.find((command) => command.name() === 'exec');
  if (verbIn(args) !== 'exec' || exec === undefined) return [...args];
  const first = verbAt(args) + 1;
  const at = secondOperand(args.slice(first), [...program.options, ...exec.options]);
  return at === undefined ? [...args] : args.toSpliced(first + at, 0, '--');
}

/** Where the second word stands that is neither an option nor the value of one; undefined where `--` comes before it. */
function secondOperand(words: readonly string[], options: readonly Option[]): number | undefined {
  const end = words.includes('--') ? words.indexOf('--') : words.length;
  const withValue = options.filter(({ required }) => required).flatMap(({ short, long }) => [short, long]);
  const isValue = (at: number): boolean => at > 0 && withValue.includes(words[at - 1]);
  const operands = [...words.keys()].filter((at) => !words[at]?.startsWith('-') && !isValue(at));
  const second = operands[1];
  return second === undefined || second > end ? undefined : second;
}
