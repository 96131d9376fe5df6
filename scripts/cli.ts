#!/usr/bin/env node
import path from 'node:path';
import { Command, CommanderError, Option } from 'commander';
import { systemContext, type Context } from './context';
import { exitCodes, withoutTyped, type Failure } from './errors';
import { takeStray } from './network/stray-errors';
import { rootOrder, rootVariable } from './owner/root-order';
import { packageFolder } from './package-folder';
import { defineCommands } from './program';
import { failureOf, terminalConsole, type Console } from './terminal/console';
import { endWithNpm } from './terminal/parent';
import { watchResults } from './terminal/results';
import { listenForSignals } from './terminal/signals';
import { scrub } from './text/scrub';

/** The only place that knows the process: arguments and variables come in here, exit codes and errors go out. */
async function main(): Promise<number> {
  const args = process.argv.slice(2);
  const console = terminalConsole(process, args);
  reportUncaught(console, args);
  const { [rootVariable]: _, ...variables } = process.env;
  dropUnverified(console);
  let exitCode = 0;
  const program = new Command('evergrant')
    .description('Xero OAuth 2.0 for unattended programs: consent once, stay connected for ever')
    .version((require(path.join(packageFolder, 'package.json')) as { version: string }).version)
    .addOption(
      new Option('--environments <dir>', 'where the environment files are')
        .env('EVERGRANT_ENVIRONMENTS')
        .default('environments'),
    )
    .configureOutput({
      writeOut: (text) => console.print(text.trimEnd()),
      writeErr: (text) => console.say(text.trimEnd()),
      outputError: (text, write) => write(redactArguments(text)),
    })
    .exitOverride();
  const context = (): Context =>
    systemContext({
      console,
      folder: program.opts<{ environments: string }>().environments,
      variables: () => variables, // as the process was started with: a command that is run for somebody gets them all
      signals: listenForSignals(process),
    });
  defineCommands(program, args, context, (code) => (exitCode = code));
  program.hook('preAction', (_program, command) => leaveToOwners(command, args, console));
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof LeftToOwners) return error.exitCode;
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.invalid;
    return printFailure(error, console, args);
  }
}

/** The command has already been run, by the users whom its environments belong to. */
class LeftToOwners extends Error {
  constructor(readonly exitCode: number) {
    super('left to the owners');
  }
}

/** Where root starts the program, the command runs as the users whom its environments belong to. */
async function leaveToOwners(command: Command, args: readonly string[], console: Console): Promise<void> {
  if (process.getuid?.() !== 0 || rootOrder() !== undefined) return;
  const { runAsOwners } = require('./root/as-owners') as typeof import('./root/as-owners');
  const { environments: folder } = command.optsWithGlobals<{ environments: string }>();
  const code = await runAsOwners({ args, command, folder }, console);
  if (code !== undefined) throw new LeftToOwners(code);
}

/** Commander repeats what was typed, which may be a secret in the wrong place: only what looks like a command or an option stays. */
function redactArguments(text: string): string {
  return text.replaceAll(/'([^']*)'/g, (quoted, word: string) =>
    /^[a-z <>.[\]-]{1,40}$/.test(word) ? quoted : 'what you typed',
  );
}

/** Node.js would print an uncaught error of a timer or a socket as it is, and it may hold a request with its tokens. */
function reportUncaught(console: Console, args: readonly string[]): void {
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => takeStray(error) || exit(printFailure(error, console, args)));
  }
}

/** This program verifies every certificate whatever the variable says; Node.js would warn of it at each first connection. */
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

/** Newman keeps sockets open for a while: once all is printed, the process ends without waiting for them. */
function exit(code: number): void {
  const finish = (): void => void setImmediate(() => exitWith(code, results.failure())); // a failed write is reported before that
  if (process.stdout.writableLength === 0) finish();
  else process.stdout.write('', finish);
}

/** Results that could not be written are no success; a failure before that decides the exit code. */
function exitWith(code: number, failure: Failure | undefined): void {
  const last = failure === undefined ? '' : `evergrant: ${failure.message}\n  → ${failure.hint}\n`;
  process.stderr.write(last, () => process.exit(failure === undefined ? code : code || exitCodes[failure.kind]));
}

// When nobody reads stderr any more, the run goes on: what is under way has to be saved.
process.stderr.on('error', () => undefined);
const results = watchResults(process.stdout);
endWithNpm(process);
void main().then(exit);
