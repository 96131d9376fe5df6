import { invalid } from '../../../errors';
import { base64url } from '../../../text/base64url';
import { jsonOf } from '../../../text/json';
import type { App } from '../../app-values';
import { has, shownOf, valueOf, type ContractKey, type Environment } from '../../environment';
import { unusableRow } from '../../row-faults';
import { unlessLost } from '../../sealed';
import { claimsOf } from '../../tenant';

/** What a status is made of: rows and claims of an environment, and what is wrong with it. It holds no secret. */
export interface Shown {
  readonly rows: Readonly<Partial<Record<ContractKey, string>>>;
  /** Of the access token's claims, those that say who has consented, and to what. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** In its message {@link here} stands for the environment. */
  readonly fault: { readonly code: string; readonly message: string; readonly hint: string } | null;
}

const rowsShown = [
  'app_type',
  'app',
  'client_id',
  'scopes',
  'tenant_id',
  'tenant_name',
  'authorised_user_id',
  'connected_at',
  'removed_at',
  'handed_over_at',
  'consent_requested_at',
] as const satisfies readonly ContractKey[];

/** Whether they are there is shown. */
const secretsNoted = ['client_secret', 'code_verifier'] as const satisfies readonly ContractKey[];

const claimsShown = ['name', 'preferred_username', 'email', 'xero_userid', 'scope'];

/** Stands for the environment, which may get another name. */
const here = '\u0001';

/** Stands for a secret that is held; it is none. */
const held = 'held';

/** What is shown of an environment. */
export function shownIn(environment: Environment): Shown {
  const rows = rowsShown.map((key) => [key, shownOf(environment, key)] as const);
  const secrets = secretsNoted.map((key) => [key, has(environment, key) ? held : ''] as const);
  const state = ['consent_state', unsigned(valueOf(environment, 'consent_state'))] as const;
  const all = [...rows, ...secrets, state].filter(([, value]) => value !== '');
  const claims = claimsOf(unlessLost(() => valueOf(environment, 'access_token')) ?? '');
  const fault = unusableRow({ ...environment, app: undefined }, here);
  return {
    rows: Object.fromEntries(all),
    claims: Object.fromEntries(claimsShown.filter((key) => key in claims).map((key) => [key, claims[key]])),
    fault: fault === undefined ? null : { code: fault.code, message: fault.message, hint: fault.hint },
  };
}

/** As JSON for a column. */
export function textShown(shown: Shown): string {
  return JSON.stringify(shown, (_, value: unknown) => (typeof value === 'string' ? plain(value) : value));
}

/** Whether its tokens alone say what its state is called; of a custom connection they don't. */
export function isPlain({ rows, fault }: Shown): boolean {
  const isOdd = (rows.handed_over_at ?? rows.removed_at) !== undefined || rows.app_type === 'custom_connection';
  return fault === null && !isOdd;
}

/** What the columns of a connection say of it; they are newer than what is shown. */
export interface Columns {
  readonly name: string;
  readonly innerName: string;
  readonly tokens: Readonly<Partial<Record<ContractKey, string>>>;
  readonly app: App | undefined;
  readonly startedOn: string | undefined;
}

/**
 * An environment made of what is shown of it: its tokens are words that stand for tokens, and nothing can be asked with
 * them. What its state, its dates and its organisation are is told from it as from the whole.
 */
export function environmentShown(
  { rows, claims, fault }: Shown,
  { name, innerName, tokens, app, startedOn }: Columns,
  isHeld: { readonly access: boolean; readonly refresh: boolean },
): Environment {
  const token = { access_token: isHeld.access ? `.${base64url(JSON.stringify(claims))}.` : '' };
  const all = { ...rows, ...tokens, ...token, refresh_token: isHeld.refresh ? held : '' };
  const variables = Object.entries(all).map(([key, value]) => ({ key, value, type: 'default', enabled: true }));
  const told = (text: string): string => text.replaceAll(here, name);
  const known = fault && invalid(fault.code, told(fault.message), told(fault.hint));
  return { name, innerName, text: '', variables, app, startedOn, fault: known ?? undefined };
}

/** A state that says whose link it is, and until when, and that nobody could finish: without nonce and signature. */
function unsigned(state: string): string {
  if (state === '') return '';
  const [version = '', payload = ''] = state.split('.');
  const claims = jsonOf(Buffer.from(payload, 'base64').toString('utf8'));
  if (typeof claims !== 'object' || claims === null) return 'unknown';
  const rest = base64url(JSON.stringify({ ...claims, r: '' }));
  return version === 'egp1' ? `egp1.${rest}` : `${version}.${rest}.`;
}

/** Without characters that the database's JSON can't have. */
function plain(text: string): string {
  return text.toWellFormed().replaceAll('\u0000', '\uFFFD');
}
