import { homeOf, runnerOf, type Context } from '../context';
import { forOneRequest } from '../core/access';
import { changesForTenant, connectionOf, judgeConnections, type Connection } from '../core/connections';
import { valueOf, type Environment } from '../core/environment';
import type { EnvironmentHome, LockedEnvironment } from '../core/home';
import { requireSettings, settingsOf } from '../core/settings';
import { Failure } from '../errors';
import { withAccess } from '../fleet/access';
import type { Runner } from '../io/newman';

export interface ConnectionsCommand {
  readonly name: string;
  readonly isJson: boolean;
}

/** Lists every organisation that this environment's user has connected to the app, and marks this environment's own. */
export async function connections({ name, isJson }: ConnectionsCommand, context: Context): Promise<number> {
  const home = homeOf(context, name);
  const environment = await withAccess(home, forOneRequest, context);
  const list = await askConnections(home, environment, context, runnerOf(context));
  const tenantId = valueOf(environment, 'tenant_id') || (await rememberTenant(home, environment, list));
  if (isJson)
    context.console.print(JSON.stringify({ environment: environment.name, tenantId, connections: list }, null, 2));
  else sayList(list, tenantId, context);
  return 0;
}

/** Asks Xero for the connections, with the environment's access token. @throws Failure */
export async function askConnections(
  home: EnvironmentHome,
  environment: Environment,
  context: Context,
  runner: Runner,
): Promise<Connection[]> {
  const settings = settingsOf(environment, context.outside(), home.where);
  requireSettings(settings, ['connections_url'], home.where);
  const lists: Connection[][] = [];
  await runner.send(settings, 'List connections', {
    onAnswer: (answer) => lists.push(judgeConnections(answer, home.name)),
  });
  return lists[0] ?? [];
}

/** Writes which organisation a consent is for, and returns its connection. @throws Failure when there is none */
export function saveTenant(
  locked: LockedEnvironment,
  environment: Environment,
  list: readonly Connection[],
): Connection {
  const accessToken = valueOf(environment, 'access_token');
  const connection = connectionOf(list, accessToken, valueOf(environment, 'tenant_id'));
  if (connection === undefined) {
    const hint = `connect one in the browser: npx evergrant consent ${environment.name}`;
    throw new Failure(
      'consent_needed',
      'no_connection',
      `${environment.name} has tokens but no organisation is connected`,
      hint,
    );
  }
  locked.write(changesForTenant(connection, accessToken));
  return connection;
}

async function rememberTenant(
  home: EnvironmentHome,
  environment: Environment,
  list: readonly Connection[],
): Promise<string> {
  if (list.length === 0) return '';
  const locked = await home.lock(forOneRequest.waitMs);
  try {
    return saveTenant(locked, environment, list).tenantId;
  } finally {
    locked.release();
  }
}

function sayList(list: readonly Connection[], tenantId: string, { console }: Context): void {
  if (list.length === 0) console.say('no organisation is connected');
  for (const { tenantName, tenantType, tenantId: id, id: connectionId, updatedDateUtc } of list) {
    const mark = id === tenantId ? console.style.green('*') : ' ';
    const since = updatedDateUtc.slice(0, 10);
    console.print(
      `${mark} ${tenantName || '(no name)'}  ${tenantType.toLowerCase()}  tenant ${id}  connection ${connectionId}  since ${since}`,
    );
  }
}
