import { runnerOf, type Context } from '../context';
import { valueOf, type Changes, type Environment } from '../environment/environment';
import { plainName } from '../environment/plain-name';
import { requireSettings, settingsOf } from '../environment/settings';
import type { LockedEnvironment, StoredEnvironment } from '../environment/store';
import { Failure } from '../errors';
import type { Runner } from '../newman/send';
import { forOneRequest } from '../refresh/access';
import { scrub } from '../text/scrub';
import { changesForTenant, connectionOf, judgeConnections, type Connection } from './connections';
import { isExpected } from './objections';

/** Asks Xero for the connections of a user, with the environment's access token. @throws Failure */
export async function askConnections(
  stored: StoredEnvironment,
  environment: Environment,
  context: Context,
  runner: Runner,
): Promise<Connection[]> {
  const settings = settingsOf(environment, context.env(), stored.where);
  requireSettings(settings, ['connections_url'], stored.where);
  const lists: Connection[][] = [];
  await runner.send(settings, 'List connections', {
    onAnswer: (answer) => lists.push(judgeConnections(answer, stored.name)),
  });
  const { secrets } = context.console;
  return (lists[0] ?? []).map((one) => ({ ...one, tenantName: scrub(one.tenantName, secrets) }));
}

/**
 * Notes in `removed_at` that Xero lists the environment's organisation no more, or that it lists it again. Nothing is noted
 * when the environment has changed since `asked` was read, and for one whose organisation isn't known. A note that can't be
 * written is no failure: it only informs people.
 */
export async function noteListing(
  stored: StoredEnvironment,
  asked: Environment,
  list: readonly Connection[],
  now: Date,
): Promise<void> {
  const tenantId = valueOf(asked, 'tenant_id');
  const isListed = list.some((connection) => connection.tenantId === tenantId);
  if (tenantId === '' || isListed === (valueOf(asked, 'removed_at') === '')) return;
  try {
    await noteListed(stored, asked, isListed ? '' : now.toISOString());
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
  }
}

async function noteListed(stored: StoredEnvironment, asked: Environment, removedAt: string): Promise<void> {
  const locked = await stored.lock(forOneRequest.waitMs);
  try {
    const environment = await locked.read();
    const isSame = (['tenant_id', 'access_token'] as const).every(
      (key) => valueOf(environment, key) === valueOf(asked, key),
    );
    if (isSame) await locked.write({ removed_at: removedAt });
  } finally {
    await locked.release();
  }
}

/**
 * Fills a blank `tenant_id` by the same rule as for a consent, unless the environment has changed since `asked` was
 * read. Returns the `tenant_id` that the file then holds; '' when it is not known.
 */
export async function rememberTenant(
  stored: StoredEnvironment,
  asked: Environment,
  list: readonly Connection[],
): Promise<string> {
  const accessToken = valueOf(asked, 'access_token');
  if (connectionOf(list, accessToken, '') === undefined) return '';
  const locked = await stored.lock(forOneRequest.waitMs);
  try {
    const isStillAsked = valueOf(await locked.read(), 'access_token') === accessToken;
    return valueOf(isStillAsked ? await withOrganisation(locked, list) : await locked.read(), 'tenant_id');
  } finally {
    await locked.release();
  }
}

/** The environment as it is once a blank `tenant_id` is filled from the connections of its user, where one is its own. */
export async function withOrganisation(locked: LockedEnvironment, list: readonly Connection[]): Promise<Environment> {
  const held = await locked.read();
  const accessToken = valueOf(held, 'access_token');
  const own = connectionOf(list, accessToken, '');
  const expected = plainName(valueOf(held, 'expected_tenant'));
  const isOwn = own !== undefined && isExpected({ connection: own, connections: list, expected }, held);
  if (!isOwn || valueOf(held, 'tenant_id') !== '') return held;
  return await keepOrganisation(locked, changesForTenant(own, accessToken));
}

/** Writes the organisation of the tokens that are held, and keeps it with them for `restore`. */
export async function keepOrganisation(locked: LockedEnvironment, organisation: Changes): Promise<Environment> {
  await locked.write(organisation);
  try {
    await locked.keepHeld();
  } catch (error) {
    if (!(error instanceof Failure)) throw error; // the environment has it
  }
  return await locked.read();
}

/** Asks for the organisation of tokens whose consent was cut off before Xero had said it. It is no failure if Xero still doesn't. */
export async function learnOrganisation(
  stored: StoredEnvironment,
  environment: Environment,
  context: Context,
): Promise<Environment> {
  try {
    await rememberTenant(stored, environment, await askConnections(stored, environment, context, runnerOf(context)));
    return await stored.read();
  } catch (error) {
    if (error instanceof Failure) return environment;
    throw error;
  }
}
