import { invalid } from '../errors';
import { valueOf, type ContractKey, type Environment } from './environment';

export const appTypes = ['web', 'pkce', 'custom_connection'] as const;
export type AppType = (typeof appTypes)[number];

/** The keys that a blank in the file takes from outside, and the variable of the process or `.env` that fills it. */
export const outsideNames = {
  client_id: 'XERO_CLIENT_ID',
  client_secret: 'XERO_CLIENT_SECRET',
  redirect_uri: 'XERO_REDIRECT_URI',
  scopes: 'XERO_SCOPES',
} as const satisfies Partial<Record<ContractKey, string>>;

type OutsideKey = keyof typeof outsideNames;

/** The variables of the process, over those of `.env`. */
export type Outside = Readonly<Record<string, string | undefined>>;

/** One environment with its blanks filled: what a request is made from. Values that came from outside never go back. */
export interface Settings {
  readonly environment: Environment;
  readonly appType: AppType;
  /** A setting's value, '' when it is blank everywhere. */
  value(key: ContractKey): string;
  /** The values taken from outside, by the key that they fill. */
  readonly fromOutside: Changes;
  /** The secrets that a consent link of this app may be signed with: its own, and those that overlap with it. */
  readonly linkSecrets: readonly string[];
}

type Changes = Readonly<Partial<Record<OutsideKey, string>>>;

/**
 * Fills the blanks of an environment.
 * @throws Failure `invalid` when `app_type` is none of the three
 */
export function settingsOf(environment: Environment, outside: Outside, where: string): Settings {
  const appType = appTypes.find((type) => type === valueOf(environment, 'app_type'));
  if (appType === undefined) {
    throw invalid('bad_app_type', `app_type in ${where} is none of ${appTypes.join(', ')}`, `set app_type in ${where}`);
  }
  const fromOutside = fillings(environment, outside, appType);
  const value = (key: ContractKey): string =>
    valueOf(environment, key) || (key in fromOutside ? (fromOutside[key as OutsideKey] ?? '') : '');
  return { environment, appType, value, fromOutside, linkSecrets: linkSecretsOf(value('client_secret'), outside) };
}

/** While a secret is replaced, links that the one before or after has signed are on their way. */
export const overlappingSecretNames = ['XERO_CLIENT_SECRET', 'XERO_CLIENT_SECRET_PREVIOUS'] as const;

function linkSecretsOf(own: string, outside: Outside): string[] {
  const others = overlappingSecretNames.map((name) => outside[name]?.trim() ?? '');
  return [...new Set([own, ...others])].filter((secret) => secret !== '');
}

/**
 * Makes sure that a request's settings are there and that its URLs are safe to send a secret to.
 * @throws Failure `invalid` naming the first key that is missing or wrong
 */
export function requireSettings(settings: Settings, keys: readonly ContractKey[], where: string): void {
  for (const key of keys) {
    const value = settings.value(key);
    if (value === '') throw missing(key, where);
    if (key.endsWith('_url')) checkUrl(value, key, where);
  }
}

/** The keys that authenticate this app at the token endpoint: PKCE apps have no secret (RFC 7636, Xero's pkce-flow). */
export function credentialKeys(appType: AppType): readonly ContractKey[] {
  return appType === 'pkce' ? ['client_id'] : ['client_id', 'client_secret'];
}

/** A custom connection's scopes are set in Xero's portal: those of a consent link, from outside, would be refused. */
function isFillable(key: OutsideKey, appType: AppType): boolean {
  if (appType === 'pkce') return key !== 'client_secret';
  return appType === 'web' || key === 'client_id' || key === 'client_secret';
}

function fillings(environment: Environment, outside: Outside, appType: AppType): Changes {
  const wanted = (Object.keys(outsideNames) as OutsideKey[]).filter((key) => isFillable(key, appType));
  const filled = wanted.flatMap((key): [OutsideKey, string][] => {
    const value = outside[outsideNames[key]]?.trim() ?? '';
    return valueOf(environment, key) === '' && value !== '' ? [[key, value]] : [];
  });
  return Object.fromEntries(filled);
}

function missing(key: ContractKey, where: string): Error {
  const row = `fill in ${key} in ${where}`;
  const hint = key in outsideNames ? `${row}, or set ${outsideNames[key as OutsideKey]} in .env` : row;
  return invalid('missing_key', `${key} is missing in ${where}`, hint);
}

function checkUrl(value: string, key: ContractKey, where: string): void {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !isSafe(url)) {
    throw invalid(
      'bad_url',
      `${key} in ${where} is not an https URL (http only on localhost)`,
      `set ${key} to Xero's own, as in environments/*.template.postman_environment.json`,
    );
  }
}

/** https anywhere, http on a loopback host only: a secret never travels in clear (RFC 6749 §3.2). */
function isSafe(url: URL): boolean {
  if (url.username !== '' || url.password !== '') return false;
  if (url.protocol === 'https:') return true;
  return url.protocol === 'http:' && /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(url.hostname);
}
