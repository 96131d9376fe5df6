import * as v from 'valibot';
import { invalid } from '../errors';
import { claimsOf } from './connections';
import { contractKeys, type Changes, type ContractKey } from './environment';
import { refreshTokenLifetimeMs } from './grant';
import { jsonOf } from './json';
import { appTypes, type AppType } from './settings';

/** Somebody else's token set, in the names of our environment: only what was there. */
export interface Adoptable {
  /** What the file is, for the person who reads the result. */
  readonly format: string;
  readonly appType: AppType;
  readonly changes: Changes;
  /** 0 for formats that don't count. */
  readonly generation: number;
}

/**
 * Reads a file that holds a connection: an environment exported from Postman, ours or of Xero's own collection, a token
 * file of xoauth, or a token set of xero-node or xero-python.
 * @throws Failure `invalid` when it is none of them, or holds no refresh token
 */
export function readAdoptable(text: string, where: string, now: Date): Adoptable {
  const parsed = jsonOf(text.startsWith('\uFEFF') ? text.slice(1) : text);
  const adoptable = fromEnvironment(parsed) ?? fromTokenSet(parsed, now);
  const hint = 'give a Postman environment export, an xoauth token file or an SDK token set, as JSON';
  if (adoptable === undefined)
    throw invalid('nothing_to_adopt', `${where} holds no connection that is known here`, hint);
  if (adoptable.appType !== 'custom_connection' && (adoptable.changes.refresh_token ?? '') === '') {
    throw invalid('no_refresh_token', `${where} has no refresh token, so there is nothing to keep alive`, hint);
  }
  return adoptable;
}

const exported = v.looseObject({
  values: v.array(
    v.looseObject({ key: v.string(), value: v.optional(v.unknown()), enabled: v.optional(v.boolean(), true) }),
  ),
});

/** Postman's API wraps an environment once more; its app exports it bare. */
const wrapped = v.looseObject({ environment: exported });

/** The names of Xero's own collection that differ from ours. */
const xerosNames: Readonly<Record<string, ContractKey>> = {
  re_directURI: 'redirect_uri',
  'xero-tenant-id': 'tenant_id',
};

/** Rows that belong to a consent under way on the other machine. */
const leftBehind: readonly string[] = [
  'consent_state',
  'consent_requested_at',
  'code_verifier',
  'callback_url',
  'refresh_started_at',
];

function fromEnvironment(parsed: unknown): Adoptable | undefined {
  const [bare, inner] = [v.safeParse(exported, parsed), v.safeParse(wrapped, parsed)];
  const values = inner.success ? inner.output.environment.values : bare.success ? bare.output.values : undefined;
  if (values === undefined) return undefined;
  const rows = values.flatMap(({ key, value, enabled }): [string, string][] => {
    const text = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
    const name = xerosNames[key] ?? key;
    return enabled && text !== '' && name in contractKeys && !leftBehind.includes(name) ? [[name, text]] : [];
  });
  const changes: Changes = Object.fromEntries(rows);
  const isXeros = values.some(({ key }) => key in xerosNames);
  const generation = /^\d{1,15}$/.test(changes.generation ?? '') ? Number(changes.generation) : 0;
  const format = isXeros ? "an environment of Xero's own collection" : 'a Postman environment';
  return { format, appType: appTypeOf(changes), changes, generation };
}

const instant = v.optional(v.nullable(v.union([v.number(), v.string()])));
const tokenSet = v.looseObject({
  access_token: v.string(),
  refresh_token: v.optional(v.string(), ''),
  expires_at: instant,
  ExpiresAtUtc: instant,
});

/** `expires_at` is in seconds in the SDKs' sets; xoauth writes a time, or only `expires_in`, from a moment nobody knows. */
function fromTokenSet(parsed: unknown, now: Date): Adoptable | undefined {
  const set = v.safeParse(tokenSet, parsed);
  if (!set.success) return undefined;
  const { access_token: accessToken, refresh_token: refreshToken } = set.output;
  const expiresAt =
    instantOf(set.output.expires_at ?? set.output.ExpiresAtUtc) ?? instantOf(claimsOf(accessToken)['exp']);
  const rotatedAt = new Date((expiresAt?.getTime() ?? now.getTime()) - accessTokenLifetimeMs);
  const clientId = claimsOf(accessToken)['client_id'];
  const changes: Changes = {
    ...(typeof clientId === 'string' ? { client_id: clientId } : {}),
    access_token: accessToken,
    refresh_token: refreshToken,
    ...(expiresAt === undefined ? {} : { access_token_expires_at: expiresAt.toISOString() }),
    refresh_token_expires_at: new Date(rotatedAt.getTime() + refreshTokenLifetimeMs).toISOString(),
  };
  return { format: 'a token set', appType: 'web', changes, generation: 0 };
}

const accessTokenLifetimeMs = 30 * 60_000;

function instantOf(value: unknown): Date | undefined {
  const at = new Date(
    typeof value === 'number' ? value * (value < 1e11 ? 1000 : 1) : typeof value === 'string' ? value : Number.NaN,
  );
  return Number.isNaN(at.getTime()) ? undefined : at;
}

/** An environment that doesn't say is of an app with a secret if it has one. */
function appTypeOf(changes: Changes): AppType {
  const said = appTypes.find((type) => type === changes.app_type);
  return said ?? ((changes.client_secret ?? '') === '' && (changes.client_id ?? '') !== '' ? 'pkce' : 'web');
}
