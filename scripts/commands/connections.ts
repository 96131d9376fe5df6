import type { Command } from 'commander';
import type { Connection } from '../consent/connections';
import { appConnections } from '../consent/limit/app-connections';
import { formatUsed, fullness, limitHint, type AppConnections } from '../consent/limit/limit';
import { askConnections, noteListing, rememberTenant } from '../consent/organisation';
import { environmentNamed, runnerOf, type Context } from '../context';
import { valueOf, type Environment } from '../environment/environment';
import { settingsOf } from '../environment/settings';
import { heldName } from '../environment/tenant';
import { withAccess } from '../fleet/valid-access';
import { forOneRequest } from '../refresh/access';
import { scrubValues } from '../text/scrub';
import { command, type Run } from './options';

export interface ConnectionsCommand {
  readonly name: string;
  readonly isJson: boolean;
}

export function define(program: Command, run: Run): void {
  command(
    program,
    'connections <name>',
    "list every organisation that this environment's user has connected",
    'connections acme',
  )
    .option('--json', 'print JSON')
    .action((name: string, { json = false }: { json?: boolean }) =>
      run((context) => connections({ name, isJson: json }, context)),
    );
}

/**
 * Lists every organisation that this environment's user has connected to the app, and marks the one that the environment
 * holds. A blank `tenant_id` is filled in; only a consent changes it after that.
 */
export async function connections({ name, isJson }: ConnectionsCommand, context: Context): Promise<number> {
  const stored = environmentNamed(context, name);
  const environment = await withAccess(stored, forOneRequest, context);
  const list = await askConnections(stored, environment, context, runnerOf(context));
  const tenantId = valueOf(environment, 'tenant_id') || (await rememberTenant(stored, environment, list));
  await noteListing(stored, environment, list, context.now());
  const shown = scrubValues(list, context.console.secrets);
  const used = await appConnections(settingsOf(environment, context.env(), stored.where), context);
  const isConnected = list.some((connection) => connection.tenantId === tenantId);
  if (isJson) {
    const app = { appConnections: used?.used ?? null, connectionLimit: used?.limit ?? null };
    const result = { environment: environment.name, tenantId, isConnected, ...app, connections: shown };
    context.console.print(JSON.stringify(result, null, 2));
  } else {
    printList(shown, tenantId, context);
    if (used !== undefined) printUsed(used, context);
  }
  if (!isConnected && (tenantId !== '' || list.length > 0)) context.console.say(formatLost(environment, tenantId));
  return 0;
}

/** How many connections of the app are used, by everybody; a warning where that may be all. */
function printUsed(connections: AppConnections, { console }: Context): void {
  const why = fullness(connections);
  if (why === undefined) console.tell(formatUsed(connections));
  else console.say(`${console.style.yellow('ATTENTION')}: ${why}\n  → ${limitHint}`);
}

/** The note for a list that doesn't contain the environment's organisation. */
function formatLost(environment: Environment, tenantId: string): string {
  const { name } = environment;
  if (tenantId === '')
    return `which of these is ${name}'s is not known, and none is taken\n  → connect it: npx evergrant consent ${name}`;
  const held = heldName(environment) || tenantId;
  const again = `to connect it again: npx evergrant consent ${name}; to change to another: npx evergrant consent ${name} --replace`;
  return `${held}, which ${name} holds, is connected no more; ${name} was not moved to another\n  → ${again}`;
}

function printList(list: readonly Connection[], tenantId: string, { console }: Context): void {
  if (list.length === 0) console.say('no organisation is connected');
  for (const { tenantName, tenantType, tenantId: id, id: connectionId, updatedDateUtc } of list) {
    const mark = id === tenantId ? console.style.green('*') : ' ';
    const since = updatedDateUtc.slice(0, 10);
    console.print(
      `${mark} ${tenantName || '(no name)'}  ${tenantType.toLowerCase()}  tenant ${id}  connection ${connectionId}  since ${since}`,
    );
  }
}
