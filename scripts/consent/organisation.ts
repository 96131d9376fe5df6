import type { Context } from '../context';
import { valueOf, type Environment } from '../environment/environment';
import { plainName } from '../environment/plain-name';
import { requireSettings, settingsOf } from '../environment/settings';
import type { StoredEnvironment } from '../environment/store';
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
 * Fills a blank `tenant_id` by the same rule as for a consent, unless the environment has changed since `asked` was
 * read. Returns the `tenant_id` that the file then holds; '' when it is not known.
 */
export async function rememberTenant(
  stored: StoredEnvironment,
  asked: Environment,
  list: readonly Connection[],
): Promise<string> {
  const accessToken = valueOf(asked, 'access_token');
  const own = connectionOf(list, accessToken, '');
  if (own === undefined) return '';
  const locked = await stored.lock(forOneRequest.waitMs);
  try {
    const environment = await locked.read();
    const held = valueOf(environment, 'tenant_id');
    const isStillAsked = held === '' && valueOf(environment, 'access_token') === accessToken;
    const expected = plainName(valueOf(environment, 'expected_tenant'));
    if (!isStillAsked || !isExpected({ connection: own, connections: list, expected }, environment)) return held;
    await locked.write(changesForTenant(own, accessToken));
    return own.tenantId;
  } finally {
    await locked.release();
  }
}
