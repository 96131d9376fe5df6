import { changesForTenant, connectionOf, judgeConnections, type Connection } from '../consent/connections';
import { isExpected } from '../consent/objections';
import { homeOf, runnerOf, type Context } from '../context';
import { valueOf, type Environment } from '../environment/environment';
import { heldName, plainName } from '../environment/plain-name';
import { requireSettings, settingsOf } from '../environment/settings';
import type { EnvironmentHome, LockedEnvironment } from '../environment/store';
import { Failure } from '../errors';
import type { Runner } from '../newman/send';
import { forOneRequest } from '../refresh/access';
import { withAccess } from '../refresh/valid-access';
import { scrub, scrubValues } from '../text/scrub';

export interface ConnectionsCommand {
  readonly name: string;
  readonly isJson: boolean;
}

/**
 * Lists every organisation that this environment's user has connected to the app, and marks the one held. Which one that
 * is, a consent alone changes: reading fills a blank, and moves nothing.
 */
export async function connections({ name, isJson }: ConnectionsCommand, context: Context): Promise<number> {
  const home = homeOf(context, name);
  const environment = await withAccess(home, forOneRequest, context);
  const list = await askConnections(home, environment, context, runnerOf(context));
  const tenantId = valueOf(environment, 'tenant_id') || (await rememberTenant(home, environment, list));
  const shown = scrubValues(list, context.console.secrets);
  const isConnected = list.some((connection) => connection.tenantId === tenantId);
  if (isJson) {
    const result = { environment: environment.name, tenantId, isConnected, connections: shown };
    context.console.print(JSON.stringify(result, null, 2));
  } else sayList(shown, tenantId, context);
  if (!isConnected && (tenantId !== '' || list.length > 0)) context.console.say(sayLost(environment, tenantId));
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
  const { secrets } = context.console;
  return (lists[0] ?? []).map((one) => ({ ...one, tenantName: scrub(one.tenantName, secrets) }));
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

/** Fills a blank `tenant_id` by the same rule as a consent. Returns what stands there in the end, '' if it is not known. */
async function rememberTenant(home: EnvironmentHome, asked: Environment, list: readonly Connection[]): Promise<string> {
  const accessToken = valueOf(asked, 'access_token');
  const own = connectionOf(list, accessToken, '');
  if (own === undefined) return '';
  const locked = await home.lock(forOneRequest.waitMs);
  try {
    const environment = locked.read();
    const held = valueOf(environment, 'tenant_id');
    const isStillAsked = held === '' && valueOf(environment, 'access_token') === accessToken;
    const expected = plainName(valueOf(environment, 'expected_tenant'));
    if (!isStillAsked || !isExpected({ connection: own, connections: list, expected }, environment)) return held;
    locked.write(changesForTenant(own, accessToken));
    return own.tenantId;
  } finally {
    locked.release();
  }
}

/** What is to be said of a list that doesn't have the organisation held. */
function sayLost(environment: Environment, tenantId: string): string {
  const { name } = environment;
  if (tenantId === '')
    return `which of these is ${name}'s is not known, and none is taken\n  → connect it: npx evergrant consent ${name}`;
  const held = heldName(environment) || tenantId;
  const again = `to connect it again: npx evergrant consent ${name}; to change to another: npx evergrant consent ${name} --replace`;
  return `${held}, which ${name} holds, is connected no more; ${name} was not moved to another\n  → ${again}`;
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
