import type { App } from '../environment/app-values';
import type { EnvVariables } from '../environment/env-names';
import { isOpenable, settingIn, valueOf, type Changes, type Environment } from '../environment/environment';
import { grantOf } from '../environment/grant';
import { appTypes, envNames } from '../environment/settings';
import { invalid, type Failure } from '../errors';
import { refusedScopes, type SettableKey, type Wanted } from './settable';

/** What `set` does to one environment. */
export interface Plan {
  /** The rows to write; none when everything is there already. */
  readonly changes: Changes;
  readonly changed: readonly SettableKey[];
  /** Whether its tokens are of no use afterwards, because they belong to another client. */
  readonly losesTokens: boolean;
}

export interface SetOptions {
  /** Allows another client id, whose consent must be given anew. */
  readonly mayReplace: boolean;
  /** Whether the environments are all of a folder, and none was named. */
  readonly isAll: boolean;
  readonly env: EnvVariables;
  readonly now: Date;
}

/** What to write into one environment so that it has the wanted settings. @throws Failure `invalid` */
export function planSet(environment: Environment, wanted: Wanted, app: App | undefined, options: SetOptions): Plan {
  const { name } = environment;
  const appType = appTypes.find((type) => type === valueOf(environment, 'app_type'));
  if (appType === 'pkce' && (wanted.client_secret ?? '') !== '') throw needsNoSecret(name);
  if (appType !== 'custom_connection') throwIf(refusedScopes(wanted.scopes ?? ''));
  const changed = Object.keys(wanted).filter((key) =>
    isOther(environment, key as SettableKey, wanted),
  ) as SettableKey[]; // its own keys
  if (options.isAll) refuseShadowing(environment, wanted, changed);
  const after = withRows(environment, wanted, app);
  const losesTokens = isOtherClient(environment, after, options.env) && holdsTokens(environment, options.now);
  if (losesTokens && !options.mayReplace) throw ofAnotherClient(name, wanted);
  const rows = Object.fromEntries(changed.map((key) => [key, wanted[key] ?? '']));
  return { changes: losesTokens ? { ...rows, ...ended(appType) } : rows, changed, losesTokens };
}

function throwIf(failure: Failure | undefined): void {
  if (failure !== undefined) throw failure;
}

function isOther(environment: Environment, key: SettableKey, wanted: Wanted): boolean {
  return !isOpenable(environment, key) || valueOf(environment, key) !== wanted[key]; // what can't be opened is replaced
}

/** The environment as it will be. */
function withRows(environment: Environment, wanted: Wanted, app: App | undefined): Environment {
  const others = environment.variables.filter(({ key }) => !(key in wanted));
  const rows = Object.entries(wanted).map(([key, value]) => ({ key, value, type: 'default', enabled: true }));
  return { ...environment, variables: [...others, ...rows], app: wanted.app === undefined ? environment.app : app };
}

/** Whether the app's id is another one, and was known before. */
export function isOtherClient(before: Environment, after: Environment, env: EnvVariables): boolean {
  const [old, young] = [clientIdOf(before, env), clientIdOf(after, env)];
  return old !== '' && old !== young;
}

/** The id of the client that an environment uses, wherever it stands; '' where it stands nowhere. */
export function clientIdOf(environment: Environment, env: EnvVariables): string {
  return settingIn(environment, 'client_id') || (env[envNames.client_id]?.trim() ?? '');
}

/** Whether there are tokens that another client id would make useless. */
export function holdsTokens(environment: Environment, now: Date): boolean {
  const { knownDead, hasRefreshToken, hasAccessToken, rotates } = grantOf(environment, now);
  return rotates ? !knownDead && hasRefreshToken : hasAccessToken;
}

/** The rows of an environment whose tokens are of no use; a custom connection gets new ones by itself. */
export function ended(appType: string | undefined): Changes {
  return appType === 'custom_connection'
    ? { access_token: '', access_token_expires_at: '' }
    : { grant_status: 'consent_needed', refresh_started_at: '' };
}

/** Refuses to write into every environment what they take from an app that they share. */
function refuseShadowing(environment: Environment, wanted: Wanted, changed: readonly SettableKey[]): void {
  const { app, name } = environment;
  const values: Readonly<Record<string, string | undefined>> = app?.values ?? {};
  const key = changed.find(
    (one) => valueOf(environment, one) === '' && (values[one] ?? '') !== '' && wanted[one] !== '',
  );
  if (key === undefined || app === undefined) return;
  const given = key === 'client_secret' ? '--secret-from FILE' : `${key}=…`;
  throw invalid(
    'of_its_app',
    `${name} takes ${key} from the app ${app.name}`,
    `set it there, once for all: npx evergrant set --app ${app.name} ${given}`,
  );
}

function needsNoSecret(name: string): Failure {
  const why = `${name} is of an app without a secret (app_type pkce)`;
  return invalid('no_secret_needed', why, `leave it out; see it: npx evergrant status ${name}`);
}

function ofAnotherClient(name: string, wanted: Wanted): Failure {
  const words = Object.entries(wanted)
    .map(([key, value]) => asGiven(key, value))
    .join(' ');
  return invalid(
    'another_client',
    `the refresh token of ${name} belongs to its client id: another one needs a new consent`,
    `to go on nevertheless: npx evergrant set ${name} ${words} --replace, then npx evergrant consent ${name}`,
  );
}

/** A setting as on the command line; a value that may be a secret in the wrong place is not repeated. */
function asGiven(key: string, value: string): string {
  if (value === '' || key === 'app') return `${key}=${value}`;
  if (key === 'client_secret') return '--secret-from FILE';
  return key === 'client_id' ? 'client_id=ID' : `${key}=…`;
}
