import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Command } from 'commander';
import { environmentNamed, type Context } from '../context';
import { valueOf, type Environment } from '../environment/environment';
import { knownSecrets, withoutSecrets } from '../environment/harmless-variables';
import { systemCode } from '../errors';
import { withAccess } from '../fleet/valid-access';
import type { AccessOptions } from '../refresh/access';
import { command, duration, type AccessFlags, type Run } from './options';

export interface ExecCommand extends AccessOptions {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
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
    .action((name: string, words: [string, ...string[]], { minValidity, patience, wait }: AccessFlags) => {
      const options = { name, command: words, minValidityMs: minValidity, patienceMs: patience, waitMs: wait };
      return run((context) => exec(options, context));
    });
}

/** A shell's exit codes for a command that does not exist, and for one that can't be executed. */
const [notFound, notExecutable] = [127, 126];

/**
 * Runs a command with a valid access token and the tenant in its variables. Every other secret is left out of them, also
 * one that this process has in its own. Signals are passed to the command. Returns its exit code, or 128 plus the signal's
 * number when a signal ended it.
 */
export async function exec({ name, command, ...options }: ExecCommand, context: Context): Promise<number> {
  return await start(command, await withAccess(environmentNamed(context, name), options, context), context);
}

function start([file, ...args]: ExecCommand['command'], environment: Environment, context: Context): Promise<number> {
  const [accessToken, tenantId] = [valueOf(environment, 'access_token'), valueOf(environment, 'tenant_id')];
  const harmless = withoutSecrets(context.variables(), knownSecrets([environment], context.env()));
  const variables = { ...harmless, XERO_ACCESS_TOKEN: accessToken, XERO_TENANT_ID: tenantId };
  const child = spawn(file, args, { stdio: 'inherit', env: variables });
  context.signals.handOver((signal) => void child.kill(signal));
  return new Promise((resolve) => {
    child.on('error', (error) => {
      context.console.say(
        `evergrant: cannot run ${file} (${systemCode(error) ?? 'unknown'})\n  → is it installed, and on the PATH?`,
      );
      resolve(systemCode(error) === 'EACCES' ? notExecutable : notFound);
    });
    child.on('exit', (code, signal) => resolve(signal === null ? (code ?? 0) : 128 + constants.signals[signal]));
  });
}
