import type { Command } from 'commander';
import { environmentNamed, type Context } from '../context';
import { valueOf } from '../environment/environment';
import { withAccess } from '../fleet/valid-access';
import type { AccessOptions } from '../refresh/access';
import { command, duration, type AccessFlags, type Run } from './options';

export interface TokenCommand extends AccessOptions {
  readonly name: string;
  readonly asHeader: boolean;
}

export function define(program: Command, run: Run): void {
  command(program, 'token <name>', 'print a valid access token, refreshed first if need be', 'token acme --header')
    .option('--header', 'print a whole Authorization header')
    .addOption(duration('--min-validity <duration>', 'refresh first when it has less left', '5m'))
    .addOption(duration('--patience <duration>', 'how long to go on asking', '60s'))
    .addOption(duration('--wait <duration>', 'how long to wait for another process', '30s'))
    .action((name: string, { header = false, minValidity, patience, wait }: AccessFlags & { header?: boolean }) => {
      const options = { name, asHeader: header, minValidityMs: minValidity, patienceMs: patience, waitMs: wait };
      return run((context) => token(options, context));
    });
}

/** Prints a valid access token, after a refresh when it expires too soon. No other command prints a secret. */
export async function token(options: TokenCommand, context: Context): Promise<number> {
  const environment = await withAccess(environmentNamed(context, options.name), options, context);
  const accessToken = valueOf(environment, 'access_token');
  context.console.disclose(options.asHeader ? `Authorization: Bearer ${accessToken}` : accessToken);
  return 0;
}
