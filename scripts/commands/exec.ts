import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { homeOf, type Context } from '../context';
import { valueOf, type Environment } from '../environment/environment';
import { knownSecrets, withoutSecrets } from '../environment/harmless-variables';
import { systemCode } from '../errors';
import type { AccessOptions } from '../refresh/access';
import { withAccess } from '../refresh/valid-access';

export interface ExecCommand extends AccessOptions {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

/** What a shell gives for a command that is not there, or that may not be run. */
const [notFound, notExecutable] = [127, 126];

/**
 * Runs a command with a valid access token and its tenant in its environment, and no other secret, not even one that
 * this process was given for itself. Signals go to the command, and its exit code comes back: 128 and the signal's number where a signal ended it.
 */
export async function exec({ name, command, ...options }: ExecCommand, context: Context): Promise<number> {
  return await run(command, await withAccess(homeOf(context, name), options, context), context);
}

function run([file, ...args]: ExecCommand['command'], environment: Environment, context: Context): Promise<number> {
  const [accessToken, tenantId] = [valueOf(environment, 'access_token'), valueOf(environment, 'tenant_id')];
  const harmless = withoutSecrets(context.variables(), knownSecrets([environment], context.outside()));
  const variables = { ...harmless, XERO_ACCESS_TOKEN: accessToken, XERO_TENANT_ID: tenantId };
  const child = spawn(file, args, { stdio: 'inherit', env: variables });
  context.signals.handOver((signal) => void child.kill(signal));
  return new Promise((resolve) => {
    child.on('error', (error) => {
      context.console.say(
        `evergrant: cannot run ${file} (${systemCode(error)})\n  → is it installed, and on the PATH?`,
      );
      resolve(systemCode(error) === 'EACCES' ? notExecutable : notFound);
    });
    child.on('exit', (code, signal) => resolve(signal === null ? (code ?? 0) : 128 + constants.signals[signal]));
  });
}
