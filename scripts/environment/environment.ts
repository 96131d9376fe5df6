import { Failure, invalid } from '../errors';
import { isSealed } from '../sealing/envelope';
import type { Binding, Sealing } from '../sealing/sealing';
import { scrub } from '../text/scrub';
import type { App, AppKey } from './app-values';

/** The keys of the contract and the `type` that Postman gives a row made for them. */
export const contractKeys = {
  app_type: 'default',
  authorize_url: 'default',
  token_url: 'default',
  revocation_url: 'default',
  connections_url: 'default',
  api_url: 'default',
  client_id: 'default',
  client_secret: 'secret',
  redirect_uri: 'default',
  scopes: 'default',
  sender: 'default',
  consent_state: 'default',
  consent_requested_at: 'default',
  code_verifier: 'secret',
  callback_url: 'secret',
  access_token: 'secret',
  refresh_token: 'secret',
  pending_access_token: 'secret',
  pending_refresh_token: 'secret',
  access_token_expires_at: 'default',
  refresh_token_expires_at: 'default',
  tenant_id: 'default',
  tenant_name: 'default',
  authorised_user_id: 'default',
  connected_at: 'default',
  removed_at: 'default',
  handed_over_at: 'default',
  expected_tenant: 'default',
  app: 'default',
  link_days: 'default',
  disconnect_confirm: 'default',
  generation: 'default',
  refresh_started_at: 'default',
  grant_status: 'default',
} as const;

export type ContractKey = keyof typeof contractKeys;

/** The rows that say which organisation a consent is for. */
export const tenantKeys = ['tenant_id', 'tenant_name', 'authorised_user_id'] as const satisfies readonly ContractKey[];

/** New values for some of the contract's keys; nothing else in a file is ever changed. */
export type Changes = Readonly<Partial<Record<ContractKey, string>>>;

interface Variable {
  readonly key: string;
  readonly value: unknown;
  readonly type: string;
  readonly enabled: boolean;
}

/** One Postman environment, as read. `text` is the file's text, so that a later edit keeps every other byte. */
export interface Environment {
  /** The file's name without its ending; commands name the environment by it. */
  readonly name: string;
  /** The `name` inside the file; the same, unless a person renamed one of the two. */
  readonly innerName: string;
  readonly text: string;
  readonly variables: readonly Variable[];
  /** The app that the row `app` names; its values fill blanks. */
  readonly app?: App | undefined;
  /** The machine that set `refresh_started_at`, where several share the store. */
  readonly startedOn?: string | undefined;
  /** What is wrong with it, where its rows were not all read. */
  readonly fault?: Failure | undefined;
  /** What opens the sealed values of its store; undefined where there is none. */
  readonly sealing?: SealingOf | undefined;
}

/** The sealing of a store as it is now; undefined where the store has no key ring. @throws Failure `invalid` */
export type SealingOf = () => Sealing | undefined;

/**
 * The value of one of the contract's keys, without surrounding white space; '' when absent, blank or switched off. A sealed
 * one is opened.
 * @throws Failure `invalid` when it is sealed and this process can't open it
 */
export function valueOf(environment: Environment, key: ContractKey): string {
  const text = rawOf(environment, key);
  return isSealed(text)
    ? opened(environment, bindingOf(environment.name, key, rawOf(environment, 'generation')), text)
    : text;
}

/** The value as {@link valueOf}, or, where it is sealed, as it stands: for telling whether there is one. */
export function rawOf(environment: Environment, key: ContractKey): string {
  const row = environment.variables.find((variable) => variable.key === key && variable.enabled);
  return row === undefined ? '' : textOf(row.value);
}

/** Whether a row has a value, sealed or not. No key is needed. */
export function has(environment: Environment, key: ContractKey): boolean {
  return rawOf(environment, key) !== '';
}

/** Whether the value can be read: it is not sealed, or opens. */
export function isOpenable(environment: Environment, key: ContractKey): boolean {
  try {
    valueOf(environment, key);
    return true;
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}

/** The value as {@link valueOf}; '' where it is sealed and this process has opened nothing: for what is told without a key. */
export function knownOf(environment: Environment, key: ContractKey): string {
  const text = rawOf(environment, key);
  if (!isSealed(text)) return text;
  return environment.sealing?.()?.isOpen === true ? valueOrNothing(environment, key) : '';
}

/** A value like {@link valueOf}; '' where it is sealed and can't be opened. */
export function valueOrNothing(environment: Environment, key: ContractKey): string {
  return orNothing(() => valueOf(environment, key));
}

/** What the value of a row is sealed for. Tokens belong to their generation. */
export function bindingOf(name: string, row: ContractKey, generation: string): Binding {
  const isToken = row === 'access_token' || row === 'refresh_token';
  return { name, row, generation: isToken && Number(generation) !== 0 ? String(Number(generation)) : '' };
}

/** What a secret of an app is sealed for. */
export function bindingOfApp(app: string, row: AppKey): Binding {
  return { name: `app ${app}`, row, generation: '' };
}

/** What a whole text is sealed for, such as an answer from which no token can be read. */
export function bindingOfText(name: string): Binding {
  return { name, row: 'text', generation: '' };
}

function opened({ name, sealing }: Environment, binding: Binding, text: string): string {
  const sealed = sealing?.();
  if (sealed !== undefined) return sealed.open(binding, text);
  throw invalid(
    'no_key_ring',
    `${binding.row} of ${name} is sealed, and there are no data keys beside it`,
    'it is of another store, or its .evergrant/keys.json is missing: put that back from a backup',
  );
}

/** The value of a row, or what the environment's app has in its place; '' where both are blank. */
export function settingIn(environment: Environment, key: ContractKey): string {
  return valueOf(environment, key) || valueOfApp(environment, key as AppKey);
}

/** What the environment's app has; '' where it has nothing. @throws Failure `invalid` as {@link valueOf} */
export function valueOfApp(environment: Environment, key: AppKey): string {
  const { app } = environment;
  const text = app?.values?.[key] ?? '';
  return app !== undefined && isSealed(text) ? opened(environment, bindingOfApp(app.name, key), text) : text;
}

/**
 * The value as it may be shown: any secret of the environment in it is removed, because people put values in wrong
 * rows.
 */
export function shownOf(environment: Environment, key: ContractKey): string {
  return scrub(valueOf(environment, key), secretsOf(environment));
}

/**
 * Every value that no output may hold: those that Postman hides, the code in the callback URL, the app's secret. Sealed ones
 * are left out as long as this process has opened none.
 */
export function secretsOf(environment: Environment): string[] {
  const hidden = environment.variables.filter(({ key, type }) => type === 'secret' || isSecretKey(key));
  let isKnown: boolean | undefined;
  const isOpen = (): boolean => (isKnown ??= environment.sealing?.()?.isOpen === true);
  const openedOf = (text: string, open: () => string): string =>
    isSealed(text) ? (isOpen() ? orNothing(open) : '') : text;
  const ofApp = (['client_secret', 'client_secret_previous'] as const).map((key) =>
    openedOf(environment.app?.values?.[key] ?? '', () => valueOfApp(environment, key)),
  );
  return hidden
    .flatMap(({ key, value }) => {
      const text = textOf(value);
      const shown = openedOf(text, () => valueOf(environment, key as ContractKey));
      return isSealed(text) || typeof value !== 'string' ? [shown] : [value, shown];
    })
    .concat(ofApp)
    .filter((value) => value !== '');
}

/** '' for a value that can't be opened: it is not known here, so it can't be shown either. */
function orNothing(open: () => string): string {
  try {
    return open();
  } catch (error) {
    if (error instanceof Failure) return '';
    throw error;
  }
}

function isSecretKey(key: string): boolean {
  return contractKeys[key as ContractKey] === 'secret';
}

/** A row's value as text, without surrounding white space: older exports also have numbers, booleans and null. */
export function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value).trim()
    : '';
}
