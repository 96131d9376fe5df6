#!/usr/bin/env node
import path from 'node:path';
import { CommanderError, Option, type Command } from 'commander';
import { systemContext, type Context } from './context';
import { storeVariable } from './environment/env-names';
import { environmentsFolderHere } from './environment/files/user-folders';
import { exitCodes, withoutTyped, type Failure } from './errors';
import { takeStray } from './network/stray-errors';
import { rootOrder, rootVariable } from './owner/root-order';
import { helpWidth } from './manual/wrapped';
import { packageFolder } from './package-folder';
import { defineCommands, newProgram, separated } from './program';
import type { CommandLine } from './root/command-line';
import type { Elsewhere } from './terminal/elsewhere';
import { failureOf, terminalConsole, type Console } from './terminal/console';
import { endWithNpm } from './terminal/parent';
import { watchResults } from './terminal/results';
import { listenForSignals } from './terminal/signals';
import { scrub } from './text/scrub';

/** The entry. Only this file reads the process's arguments and variables, prints errors and sets exit codes. */
async function main(): Promise<number> {
  const args = process.argv.slice(2);
  const { version } = require(path.join(packageFolder, 'package.json')) as { version: string };
  const program = newProgram(version);
  const invocation = (owner?: string): string => invocationFor(program, owner);
  const elsewhere = (): Elsewhere | undefined => elsewhereIn(program);
  const console = terminalConsole(process, args, invocation, elsewhere);
  reportUncaught(console, args);
  const { [rootVariable]: _, ...variables } = process.env;
  dropUnverified(console);
  if (process.env['EVERGRANT_ENVIRONMENTS'] === '') delete process.env['EVERGRANT_ENVIRONMENTS']; // commander would take it
  let exitCode = 0;
  program
    .addOption(new Option('-V').hideHelp()) // what --version was short for at first
    .on('option:V', () => {
      console.print(version);
      throw new CommanderError(0, 'commander.version', version);
    })
    .configureOutput({
      writeOut: (text) => console.print(text.trimEnd()),
      writeErr: (text) => console.say(text.trimEnd()),
      outputError: (text, write) => write(redactArguments(text)),
      getOutHelpWidth: () => helpWidth(console.columns()),
      getErrHelpWidth: () => helpWidth(console.columns()),
    })
    .exitOverride();
  const context = (): Context =>
    systemContext({
      console,
      folder: folderOf(program),
      store: storeFlag(program),
      variables: () => variables, // unchanged, for a command that `exec` runs
      signals: listenForSignals(process),
    });
  defineCommands(program, args, context, (code) => (exitCode = code));
  program.hook('preAction', (_program, command) =>
    (storeFlag(program) ?? variables[storeVariable] ?? '') === ''
      ? leaveToOwners({ args, command, folder: folderOf(program), invocation }, console)
      : undefined,
  );
  try {
    await program.parseAsync(separated(program, args), { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof LeftToOwners) return error.exitCode;
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.invalid;
    return printFailure(error, console, args);
  }
}

/** Thrown when the command has already run as the owners of its environments. */
class LeftToOwners extends Error {
  constructor(readonly exitCode: number) {
    super('left to the owners');
  }
}

/** The words that start this program again, for its user or, where root is, for an owner of environments. */
function invocationFor(program: Command, owner?: string): string {
  const fromRoot = rootOrder()?.invocation;
  if (fromRoot !== undefined) return fromRoot;
  const { invocationHere } = require('./terminal/invocation') as typeof import('./terminal/invocation');
  const sources: Readonly<Record<string, 'flag' | 'variable'>> = { cli: 'flag', env: 'variable' };
  const source = sources[program.getOptionValueSource('environments') ?? ''] ?? 'default';
  return invocationHere({ environments: { folder: folderOf(program), source }, store: shownStore(program), owner });
}

/** A password in it is refused only once it is used, and a hint may come before that. */
function shownStore(program: Command): string | undefined {
  const { withoutPassword } =
    require('./environment/harmless-variables') as typeof import('./environment/harmless-variables');
  const store = storeFlag(program);
  return store === undefined ? undefined : withoutPassword(store);
}

/** The environment that the command is about, if it is in another folder; none where it is about several folders. */
function elsewhereIn(program: Command): Elsewhere | undefined {
  const verb = program.commands.find((command) => command.args.length > 0);
  if (verb === undefined || verb.commands.length > 0 || !verb.args.some((word) => /[\\/]|\.json$/.test(word))) return;
  const { isOfNone, namesIn } = require('./root/command-line') as typeof import('./root/command-line');
  if (isOfNone(verb)) return;
  const { elsewhereFrom } = require('./environment/files/elsewhere') as typeof import('./environment/files/elsewhere');
  const [first, ...others] = (namesIn(verb) ?? []).map((given) => elsewhereFrom(folderOf(program), given));
  return others.every((other) => other?.folder !== undefined && other.folder === first?.folder) ? first : undefined;
}

function storeFlag(program: Command): string | undefined {
  return program.opts<{ store?: string }>().store;
}

function folderOf(program: Command): string {
  const { environments } = program.opts<{ environments?: string }>();
  return environments ?? rootOrder()?.folder ?? environmentsFolderHere();
}

/** If root starts the program, runs the command as the owners of its environments. */
async function leaveToOwners(line: CommandLine, console: Console): Promise<void> {
  if (process.getuid?.() !== 0 || rootOrder() !== undefined) return;
  const { runAsOwners } = require('./root/as-owners') as typeof import('./root/as-owners');
  const code = await runAsOwners(line, console);
  if (code !== undefined) throw new LeftToOwners(code);
}

/** Commander repeats what was typed, which may be a secret. Only what looks like a command or option is kept. */
function redactArguments(text: string): string {
  return text.replaceAll(/'([^']*)'/g, (quoted, word: string) =>
    /^[a-z <>.[\]-]{1,40}$/.test(word) ? quoted : 'what you typed',
  );
}

/** Reports uncaught errors: Node.js would print one unchanged, and it may hold a request with its tokens. */
function reportUncaught(console: Console, args: readonly string[]): void {
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => takeStray(error) || exit(printFailure(error, console, args)));
  }
}

/** Removes a variable that has no effect here, because certificates are always verified, but makes Node.js warn. */
function dropUnverified(console: Console): void {
  if (process.env['NODE_TLS_REJECT_UNAUTHORIZED'] !== '0') return;
  delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
  console.say('evergrant: NODE_TLS_REJECT_UNAUTHORIZED=0 is not obeyed: certificates are always verified');
}

function printFailure(error: unknown, console: Console, args: readonly string[]): number {
  const { kind, message, hint, cause } = failureOf(error, console);
  console.say(withoutTyped(`evergrant: ${message}\n  → ${hint}`, args));
  if (process.env['EVERGRANT_DEBUG'] && cause instanceof Error) console.say(scrub(cause.stack ?? '', console.secrets));
  return exitCodes[kind];
}

/** Ends the process once everything is printed, and does not wait for sockets that Newman keeps open. */
function exit(code: number): void {
  const finish = (): void => void setImmediate(() => exitWith(code, results.failure())); // once a failed write is known
  if (process.stdout.writableLength === 0) finish();
  else process.stdout.write('', finish);
}

/** Ends with the failure of writing the results, unless an earlier failure has set the exit code. */
function exitWith(code: number, failure: Failure | undefined): void {
  const last = failure === undefined ? '' : `evergrant: ${failure.message}\n  → ${failure.hint}\n`;
  process.stderr.write(last, () => process.exit(failure === undefined ? code : code || exitCodes[failure.kind]));
}

// If the reader of stderr has closed it, the run goes on: work in progress must be saved.
process.stderr.on('error', () => undefined);
const results = watchResults(process.stdout);
endWithNpm(process);
void main().then(exit);
