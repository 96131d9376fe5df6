import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { Option, type Command } from 'commander';
import { environmentNamed, harmlessVariables, type Context } from '../context';
import { valueOf, type Environment } from '../environment/environment';
import { knownSecrets } from '../environment/harmless-variables';
import { invalid, systemCode } from '../errors';
import { withAccess } from '../fleet/valid-access';
import type { AccessOptions } from '../refresh/access';
import type { Child } from '../serve/renewed-child';
import { parseDuration } from '../text/duration';
import { shellQuoted } from '../text/shell';
import { command, duration, type AccessFlags, type Run } from './options';

export interface ExecCommand extends AccessOptions {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** Start the command anew with each new token; it may take this long to end. Undefined: it keeps its first token. */
  readonly restartGraceMs?: number | undefined;
}

interface ExecFlags extends AccessFlags {
  readonly restart?: true;
  readonly grace?: number;
}

export function define(program: Command, run: Run): void {
  command(
    program,
    'exec <name> <command...>',
    'run a command with a valid access token',
    'exec acme node invoices.js --month 11',
  )
    .addOption(duration('--min-validity <duration>', 'refresh first when it has less left', '5m'))
    .addOption(duration('--patience <duration>', 'how long to go on asking', '60s'))
    .addOption(duration('--wait <duration>', 'how long to wait for another process', '30s'))
    .option('--restart', 'end the command and start it anew whenever the environment has a new token')
    .addOption(
      new Option('--grace <duration>', 'with --restart: how long it may take to end (default: 10s)').argParser(
        parseDuration,
      ),
    )
    .action((name: string, words: [string, ...string[]], flags: ExecFlags) =>
      run((context) => exec(execCommand(name, words, flags), context)),
    );
}

const usualGraceMs = 10_000;

function execCommand(name: string, words: [string, ...string[]], flags: ExecFlags): ExecCommand {
  const { minValidity, patience, wait, restart = false, grace } = flags;
  if (grace !== undefined && !restart) {
    throw invalid('grace_alone', '--grace is for --restart', 'write --restart too, or leave --grace out');
  }
  if (words[0] === '')
    throw invalid('no_command', 'the command is an empty word', 'as in npx evergrant exec NAME COMMAND');
  const access = { minValidityMs: minValidity, patienceMs: patience, waitMs: wait };
  return { name, command: words, ...access, restartGraceMs: restart ? (grace ?? usualGraceMs) : undefined };
}

/** A shell's exit codes for a command that does not exist, and for one that can't be executed. */
const [notFound, notExecutable] = [127, 126];

/**
 * Runs a command with a valid access token and the tenant in its variables. Every other secret is left out of them, also
 * one that this process has in its own. Signals are passed to the command. Returns its exit code, or 128 plus the signal's
 * number when a signal ended it.
 */
export async function exec(
  { name, command, restartGraceMs, ...access }: ExecCommand,
  context: Context,
): Promise<number> {
  const stored = environmentNamed(context, name);
  if (restartGraceMs === undefined) {
    const child = start(command, await withAccess(stored, access, context), context);
    context.signals.handOver(child.kill);
    return await child.ended;
  }
  const { runRenewed } = require('../serve/renewed-child') as typeof import('../serve/renewed-child');
  const starting = (environment: Environment): Child => start(command, environment, context);
  return await runRenewed(stored, starting, { ...access, graceMs: restartGraceMs }, context);
}

function start([file, ...args]: ExecCommand['command'], environment: Environment, context: Context): Child {
  const [accessToken, tenantId] = [valueOf(environment, 'access_token'), valueOf(environment, 'tenant_id')];
  const harmless = harmlessVariables(context, knownSecrets([environment], context.env()));
  const variables = { ...harmless, XERO_ACCESS_TOKEN: accessToken, XERO_TENANT_ID: tenantId };
  const child = spawn(file, args, { stdio: 'inherit', env: variables });
  const ended = new Promise<number>((resolve) => {
    child.on('error', (error) => {
      const code = systemCode(error) ?? 'unknown';
      const isClosed = code === 'EACCES';
      const hint = isClosed
        ? `let this user run it: chmod u+x ${shellQuoted(file)}`
        : 'is it installed, and on the PATH?';
      context.console.say(`evergrant: cannot run ${file} (${code})\n  → ${hint}`);
      resolve(isClosed ? notExecutable : notFound);
    });
    child.on('exit', (code, signal) => resolve(signal === null ? (code ?? 0) : 128 + constants.signals[signal]));
  });
  return { kill: (signal) => void child.kill(signal), ended };
}
