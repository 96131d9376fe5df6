import type { Command } from 'commander';
import { environmentNamed, type Context } from '../context';
import { valueOf, type Environment } from '../environment/environment';
import { grantOf } from '../environment/grant';
import { grantedScopes } from '../environment/granted';
import { heldName, heldTenantId } from '../environment/tenant';
import { invalid } from '../errors';
import { withAccess } from '../fleet/valid-access';
import type { AccessOptions } from '../refresh/access';
import { command, duration, type AccessFlags, type Run } from './options';

export interface TokenCommand extends AccessOptions {
  readonly name: string;
  readonly form: 'plain' | 'header' | 'json';
}

interface TokenFlags extends AccessFlags {
  readonly header?: true;
  readonly json?: true;
}

export function define(program: Command, run: Run): void {
  command(program, 'token <name>', 'print a valid access token, refreshed first if need be', 'token acme --header')
    .option('--header', 'print a whole Authorization header')
    .option('--json', 'print JSON: the token, when it expires, its scopes and its organisation')
    .addOption(duration('--min-validity <duration>', 'refresh first when it has less left', '5m'))
    .addOption(duration('--patience <duration>', 'how long to go on asking', '60s'))
    .addOption(duration('--wait <duration>', 'how long to wait for another process', '30s'))
    .action((name: string, flags: TokenFlags) => run((context) => token(tokenCommand(name, flags), context)));
}

function tokenCommand(name: string, flags: TokenFlags): TokenCommand {
  const { header = false, json = false, minValidity, patience, wait } = flags;
  if (header && json) throw invalid('two_forms', 'token takes --header or --json, not both', 'leave one of them out');
  const form = header ? 'header' : json ? 'json' : 'plain';
  return { name, form, minValidityMs: minValidity, patienceMs: patience, waitMs: wait };
}

/** Prints a valid access token, after a refresh when it expires too soon. No other command prints a secret. */
export async function token(options: TokenCommand, context: Context): Promise<number> {
  const environment = await withAccess(environmentNamed(context, options.name), options, context);
  const accessToken = valueOf(environment, 'access_token');
  const forms = {
    plain: () => accessToken,
    header: () => `Authorization: Bearer ${accessToken}`,
    json: () => JSON.stringify(tokenJson(environment, context.now()), null, 2),
  };
  context.console.disclose(forms[options.form]());
  return 0;
}

/** `token --json`: scopes are those of the token itself, null where it can't be read. */
function tokenJson(environment: Environment, now: Date): Readonly<Record<string, unknown>> {
  return {
    environment: environment.name,
    tenantId: heldTenantId(environment),
    tenantName: heldName(environment) || null,
    accessToken: valueOf(environment, 'access_token'),
    accessTokenExpiresAt: grantOf(environment, now).accessTokenExpiresAt?.toISOString() ?? null,
    scopes: grantedScopes(environment),
  };
}
