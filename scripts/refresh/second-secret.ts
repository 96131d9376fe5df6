import type { Environment } from '../environment/environment';
import { isKnownHost } from '../environment/hosts';
import { settingsOf, type EnvVariables, type Settings } from '../environment/settings';
import type { Verdict } from './token-answer';

/** What trying a second secret needs from outside. */
export interface SecretEffects {
  readonly env: EnvVariables;
  /** Notes durably that Xero takes this secret of the environment's app, and not the one that counts now. */
  remember(environment: Environment, secret: string): Promise<void>;
}

/** The secret that Xero took last, by client id: it is tried first for all other environments of the app. */
const taken = new Map<string, string>();

/**
 * Sends with the app's secret and, where that is refused as `invalid_client` (RFC 6749 §5.2; nothing was spent then), with
 * the other one that is known while secrets are replaced. Returns the last verdict.
 */
export async function tryingSecrets(
  settings: Settings,
  { env, remember }: SecretEffects,
  send: (settings: Settings) => Promise<Verdict>,
): Promise<Verdict> {
  const [first = '', ...others] = secretsOf(settings, env);
  const sendWith = async (secret: string): Promise<Verdict> => {
    const verdict = await send(secret === '' ? settings : withSecret(settings, secret, env));
    if (verdict.kind === 'granted' && secret !== '') await note(settings, secret, remember);
    return verdict;
  };
  let verdict = await sendWith(first);
  for (const secret of others) if (isRefused(verdict)) verdict = await sendWith(secret);
  return verdict;
}

async function note(settings: Settings, secret: string, remember: SecretEffects['remember']): Promise<void> {
  const clientId = settings.value('client_id');
  if (secret === settings.value('client_secret')) return void taken.delete(clientId);
  taken.set(clientId, secret);
  await remember(settings.environment, secret);
}

/** The secrets to try, in order; a single '' for settings with no other than their own. */
function secretsOf(settings: Settings, env: EnvVariables): readonly string[] {
  const own = settings.value('client_secret');
  const others = settings.linkSecrets.filter((secret) => secret !== own);
  const isOthersPlace = isKnownHost(settings.value('token_url'), env); // where values from outside may be sent
  if (own === '' || settings.appType === 'pkce' || others.length === 0 || !isOthersPlace) return [''];
  const last = taken.get(settings.value('client_id'));
  return last !== undefined && others.includes(last) ? [last, own] : [own, ...others];
}

function withSecret({ environment }: Settings, secret: string, env: EnvVariables): Settings {
  const rows = environment.variables.filter(({ key }) => key !== 'client_secret');
  const row = { key: 'client_secret', value: secret, type: 'secret', enabled: true };
  return settingsOf({ ...environment, variables: [...rows, row] }, env, environment.name);
}

function isRefused(verdict: Verdict): boolean {
  return verdict.kind === 'clientRejected' && verdict.code === 'invalid_client';
}
