import { runnerOf, type Context } from '../../context';
import { valueOf } from '../../environment/environment';
import { requireSettings, type Settings } from '../../environment/settings';
import { Failure } from '../../errors';
import type { Runner } from '../../newman/send';
import { judgeTokenAnswer } from '../../refresh/token-answer';
import { judgeConnections, type Connection } from '../connections';
import { knownLimit, type AppConnections } from './limit';

/** No command waits longer for these two answers: they only inform people. */
const patienceMs = 5000;

/**
 * How many organisations are connected to an app, asked in the app's own name: a client credentials token with the scope
 * `app.connections` lists the connections of all its users (RFC 6749 §4.4). Which apps may ask is up to Xero.
 * @returns undefined where it can't be told: an app without a secret, one that may not ask, or no answer
 */
export async function appConnections(settings: Settings, context: Context): Promise<AppConnections | undefined> {
  if (settings.appType !== 'web') return undefined;
  const env = context.env();
  try {
    requireSettings(
      settings,
      ['token_url', 'connections_url', 'client_id', 'client_secret'],
      settings.environment.name,
    );
    const runner = runnerOf(context, undefined, patienceMs);
    const token = await appToken(settings, runner, context);
    if (token === undefined) return undefined;
    const list = await listAll(settings, token, runner);
    const tenants = new Set(list.map(({ tenantId }) => tenantId));
    const held = valueOf(settings.environment, 'tenant_id');
    return { used: tenants.size, limit: knownLimit(env), holdsOwn: held !== '' && tenants.has(held) };
  } catch (error) {
    if (error instanceof Failure && error.code !== 'bad_limit') return undefined;
    throw error;
  }
}

/** A token in the app's own name. The collection has a request for it, which a custom connection sends otherwise. */
async function appToken(settings: Settings, runner: Runner, { now }: Context): Promise<string | undefined> {
  const tokens: string[] = [];
  await runner.send(settings, 'Get access token', {
    variables: { app_type: 'custom_connection', scopes: 'app.connections' },
    onAnswer: (answer) => {
      const verdict = judgeTokenAnswer(answer, now());
      if (verdict.kind === 'granted') tokens.push(verdict.tokens.accessToken);
    },
  });
  return tokens[0];
}

async function listAll(settings: Settings, accessToken: string, runner: Runner): Promise<Connection[]> {
  const lists: Connection[][] = [];
  await runner.send(settings, 'List connections', {
    variables: { access_token: accessToken },
    onAnswer: (answer) => lists.push(judgeConnections(answer, settings.environment.name)),
  });
  return lists[0] ?? [];
}
