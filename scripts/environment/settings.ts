import { invalid } from '../errors';
import { envNames, type EnvVariables, type EnvKey } from './env-names';
import { has, valueOf, valueOfApp, type ContractKey, type Environment } from './environment';
import { hostsVariable, isKnownHost, isLoopback, plainHost } from './hosts';
import { isReference } from './reference';
import { nearlyThere, referenceFromEnv, unusableRow } from './row-faults';

export { envNames, type EnvVariables } from './env-names';

export const appTypes = ['web', 'pkce', 'custom_connection'] as const;
export type AppType = (typeof appTypes)[number];

/** One environment with its blanks filled, from which requests are made. The filled values are never saved to it. */
export interface Settings {
  readonly environment: Environment;
  readonly appType: AppType;
  /** A setting's value, '' when it is blank everywhere. */
  value(key: ContractKey): string;
  /** The values from outside the environment (its app, as it stands there; the process or `.env`), by the key that they fill. */
  readonly fromOutside: Changes;
  /**
   * The secrets that a consent link may be signed with, and that Xero may take: the app's own, and those overlapping with it
   * during a change.
   */
  readonly linkSecrets: readonly string[];
}

type Changes = Readonly<Partial<Record<EnvKey, string>>>;

/**
 * Fills the blanks of an environment.
 * @throws Failure `invalid` when `app_type` is none of the three, when a row or the value that would fill it is a
 * reference that only Postman can look up, and when a value from the process or `.env` would be sent to an unknown host
 */
export function settingsOf(environment: Environment, env: EnvVariables, where: string): Settings {
  const appType = appTypes.find((type) => type === valueOf(environment, 'app_type'));
  if (appType === undefined) {
    throw invalid('bad_app_type', `app_type in ${where} is none of ${appTypes.join(', ')}`, `set app_type in ${where}`);
  }
  const unusable = unusableRow(environment, where);
  if (unusable !== undefined) throw unusable;
  const fromOutside = fillings(environment, env, appType);
  refuseUnknownHosts(environment, fromOutside, env, where);
  const value = (key: ContractKey): string =>
    valueOf(environment, key) ||
    (key in fromOutside ? valueOfApp(environment, key as EnvKey) || (fromOutside[key as EnvKey] ?? '') : '');
  return {
    environment,
    appType,
    value,
    fromOutside,
    get linkSecrets() {
      return linkSecretsOf(value('client_secret'), environment, env);
    },
  };
}

/** The same settings with a refresh token that is kept beside the environment. @throws Failure as {@link settingsOf} */
export function withRefreshToken({ environment }: Settings, refreshToken: string, env: EnvVariables): Settings {
  const variables = environment.variables.map((row) =>
    row.key === 'refresh_token' ? { ...row, value: refreshToken } : row,
  );
  return settingsOf({ ...environment, variables }, env, environment.name);
}

/** While a secret is being replaced, people hold links signed with the old or the new one. */
const overlappingSecretNames = ['XERO_CLIENT_SECRET', 'XERO_CLIENT_SECRET_PREVIOUS'] as const;

/** A reference is left out: it is not secret, so a state signed with it could be forged. */
function linkSecretsOf(own: string, environment: Environment, env: EnvVariables): string[] {
  const ofApp = (['client_secret', 'client_secret_previous'] as const).map((key) => valueOfApp(environment, key));
  const others = [...ofApp, ...overlappingSecretNames.map((name) => env[name]?.trim() ?? '')];
  return [...new Set([own, ...others])].filter((secret) => secret !== '' && !isReference(secret));
}

/**
 * Makes sure that a request's settings are there and that its URLs are safe to send a secret to.
 * @throws Failure `invalid` naming the first key that is missing or wrong
 */
export function requireSettings(settings: Settings, keys: readonly ContractKey[], where: string): void {
  for (const key of keys) {
    const value = settings.value(key);
    if (value === '') throw nearlyThere(settings.environment, key, where) ?? missing(settings.environment, key, where);
    if (key.endsWith('_url')) checkUrl(value, key, where);
  }
}

/** The keys that authenticate this app at the token endpoint: PKCE apps have no secret (RFC 7636, Xero's pkce-flow). */
export function credentialKeys(appType: AppType): readonly ContractKey[] {
  return appType === 'pkce' ? ['client_id'] : ['client_id', 'client_secret'];
}

/**
 * A custom connection's scopes are set in Xero's portal; the scopes for consent links in the variables would be
 * refused.
 */
function isFillable(key: EnvKey, appType: AppType): boolean {
  if (appType === 'pkce') return key !== 'client_secret';
  return appType === 'web' || key === 'client_id' || key === 'client_secret';
}

function fillings(environment: Environment, env: EnvVariables, appType: AppType): Changes {
  const wanted = (Object.keys(envNames) as EnvKey[]).filter((key) => isFillable(key, appType));
  const filled = wanted.flatMap((key): [EnvKey, string][] => {
    if (has(environment, key)) return [];
    const value = environment.app?.values?.[key] || (env[envNames[key]]?.trim() ?? '');
    return value === '' ? [] : [[key, value]];
  });
  const reference = filled.find(([, value]) => isReference(value));
  if (reference !== undefined) throw referenceFromEnv(reference[0]);
  return Object.fromEntries(filled);
}

/** Every one of these URLs receives a filled-in value, or a token obtained with one. */
const urlKeys = ['token_url', 'authorize_url', 'revocation_url', 'connections_url', 'api_url'] as const;

/** The file's own values may go to any URL of the file; those of its app, the process or `.env` only to known hosts. */
function refuseUnknownHosts(environment: Environment, fromOutside: Changes, env: EnvVariables, where: string): void {
  const filled = Object.keys(fromOutside);
  if (filled.length === 0) return;
  const isUnknown = (url: string): boolean => url !== '' && !isKnownHost(url, env);
  const key = urlKeys.find((urlKey) => isUnknown(valueOf(environment, urlKey)));
  if (key !== undefined) throw unknownHost(key, valueOf(environment, key), filled, where);
}

function unknownHost(key: ContractKey, url: string, filled: readonly string[], where: string): Error {
  const plain = plainHost(url);
  const host = plain ?? `${URL.canParse(url) ? new URL(url).host : 'a host'} that is not written plainly`;
  const allow = plain === undefined ? '' : `; if it is right, allow its host in .env: ${hostsVariable}=${plain}`;
  return invalid(
    'strange_host',
    `${key} in ${where} leads to ${host}: ${filled.join(', ')} from outside it must not go there`,
    `set ${key} to Xero's own${allow}`,
  );
}

function missing({ name, app }: Environment, key: ContractKey, where: string): Error {
  const given = key === 'client_secret' ? '--secret-from FILE' : `${key}=VALUE`;
  const place = app === undefined ? name : `--app ${app.name}`;
  const row = `fill in ${key} in ${app?.where ?? where}: npx evergrant set ${place} ${given}`;
  const hint = key in envNames ? `${row}, or set ${envNames[key as EnvKey]} in .env` : row;
  return invalid('missing_key', `${key} is missing in ${where}`, hint);
}

function checkUrl(value: string, key: ContractKey, where: string): void {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !isSafe(url) || /[\\\s]/.test(value)) {
    throw invalid(
      'bad_url',
      `${key} in ${where} is not an https URL (http only on localhost)`,
      `set ${key} to Xero's own, as in environments/*.template.postman_environment.json`,
    );
  }
}

/** https anywhere, http on a loopback host only: a secret is never sent in clear text (RFC 6749 §3.2). */
function isSafe(url: URL): boolean {
  if (url.username !== '' || url.password !== '') return false;
  if (url.protocol === 'https:') return true;
  return url.protocol === 'http:' && isLoopback(url);
}
