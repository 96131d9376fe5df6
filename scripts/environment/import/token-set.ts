import * as v from 'valibot';
import { accessTokenLifetimeMs, refreshTokenLifetimeMs } from '../../xero';
import type { Changes } from '../environment';
import { isPlainId, plainName } from '../plain-name';
import { claimsOf } from '../tenant';
import type { Candidate } from './candidate';

/** An object's members by their names in lower case, with `_` and `-` removed: SDKs differ only in these. */
type Members = ReadonlyMap<string, unknown>;

/**
 * In the known files a token set is nested at most this deep: in a session, in a list of profiles, beside its tenants.
 */
const deepest = 4;

/**
 * The token sets in a JSON file of an SDK or a program: xoauth, xero-node, xero-python, xero-ruby, the PHP SDK's
 * starter, Laravel's two packages, the .NET SDK's `XeroOAuth2Token`, Xero's command line. Each is named by its place in
 * the file.
 */
export function tokenSetCandidates(parsed: unknown, now: Date): Candidate[] {
  return setsIn(parsed, '', new Map(), deepest).map((set) => candidateOf(set, now));
}

interface TokenSet {
  readonly name: string;
  readonly members: Members;
}

/** `beside` are members next to the set, such as its tenant; they belong to it. */
function setsIn(value: unknown, name: string, beside: Members, depth: number): TokenSet[] {
  if (depth === 0) return [];
  if (Array.isArray(value)) {
    return value.flatMap((one, index) => setsIn(one, name || String(index + 1), beside, depth - 1));
  }
  const object = v.safeParse(v.record(v.string(), v.unknown()), value);
  if (!object.success) return [];
  const own = new Map(Object.entries(object.output).map(([key, member]) => [plainKey(key), member]));
  const members = new Map([...beside, ...own]);
  if (textIn(own, 'refreshtoken') !== '' || textIn(own, 'accesstoken') !== '') return [{ name, members }];
  const inner = Object.entries(object.output).filter(([key]) => plainKey(key) !== 'tenants');
  return inner.flatMap(([key, member]) => setsIn(member, key, members, depth - 1));
}

function plainKey(key: string): string {
  return key.replaceAll(/[_-]/g, '').toLowerCase();
}

/** The first of these members whose value is a text. */
function textIn(members: Members, ...keys: readonly string[]): string {
  const texts = keys.map((key) => members.get(key)).filter((one) => typeof one === 'string');
  return (texts.find((text) => text.trim() !== '') ?? '').trim();
}

function candidateOf({ name, members }: TokenSet, now: Date): Candidate {
  const accessToken = textIn(members, 'accesstoken', 'token');
  const tenant = tenantOf(members, accessToken);
  return {
    name: plainName(tenant.tenant_name ?? name),
    format: 'a token set',
    appType: 'web',
    changes: {
      ...tokenChanges(accessToken, textIn(members, 'refreshtoken'), expiryOf(members, accessToken), now),
      ...tenant,
      ...scopesOf(members),
    },
    generation: 0,
    tokenUrls: urlKeys.flatMap((key) => textIn(members, key) || []),
    idToken: textIn(members, 'idtoken') || undefined,
  };
}

/** Where other programs write who issued the tokens. */
const urlKeys = ['tokenurl', 'tokenuri', 'tokenendpoint', 'issuer', 'iss', 'authority', 'authurl', 'authuri'] as const;

/** The rows of a token set, from what is known of it. The refresh token is as old as the access token. */
export function tokenChanges(
  accessToken: string,
  refreshToken: string,
  expiresAt: Date | undefined,
  now: Date,
): Changes {
  const { client_id: clientId, xero_userid: userId } = claimsOf(accessToken);
  const issuedAt = (expiresAt?.getTime() ?? now.getTime()) - accessTokenLifetimeMs;
  const rotatedAt = Math.min(issuedAt, now.getTime());
  return {
    ...(typeof clientId === 'string' ? { client_id: clientId } : {}),
    ...(typeof userId === 'string' && isPlainId(userId) ? { authorised_user_id: userId } : {}),
    access_token: accessToken,
    refresh_token: refreshToken,
    ...(expiresAt === undefined ? {} : { access_token_expires_at: expiresAt.toISOString() }),
    refresh_token_expires_at: new Date(rotatedAt + refreshTokenLifetimeMs).toISOString(),
  };
}

/** The expiry inside the token, or else a given instant, or else a lifetime counted from the database row's update. */
function expiryOf(members: Members, accessToken: string): Date | undefined {
  const said = ['expiresat', 'expiresatutc', 'expires'].map((key) => instantOf(members.get(key)));
  const [writtenAt, lifetime] = [instantOf(members.get('updatedat')), Number(members.get('expiresin'))];
  const counted = writtenAt && lifetime > 0 ? new Date(writtenAt.getTime() + lifetime * 1000) : undefined;
  return instantOf(claimsOf(accessToken)['exp']) ?? said.find((at) => at !== undefined) ?? counted;
}

/** Seconds or milliseconds, as a number or digits, or a time as text: UTC when it names no zone. */
function instantOf(value: unknown): Date | undefined {
  const number = typeof value === 'string' && /^\d{9,14}$/.test(value) ? Number(value) : value;
  if (typeof number === 'number') return dateOf(number * (number < 1e11 ? 1000 : 1));
  if (typeof number !== 'string') return undefined;
  const hasZone = /([zZ]|[+-]\d\d:?\d\d)$/.test(number);
  return dateOf(hasZone ? number : `${number.trim().replace(' ', 'T')}Z`);
}

function dateOf(value: string | number): Date | undefined {
  const at = new Date(value);
  return Number.isNaN(at.getTime()) ? undefined : at;
}

/** The organisation of the set; if there are several, the one for which this consent was given. */
function tenantOf(members: Members, accessToken: string): Changes {
  const list: unknown = members.get('tenants');
  const tenants = (Array.isArray(list) ? (list as unknown[]) : [Object.fromEntries(members)]).map(tenantIn);
  const event = claimsOf(accessToken)['authentication_event_id'];
  const ofEvent = tenants.find(({ eventId }) => eventId !== '' && eventId === event);
  const one = ofEvent ?? (tenants.length === 1 ? tenants[0] : undefined);
  if (one === undefined || !isPlainId(one.id)) return {};
  return { tenant_id: one.id, ...(one.name === '' ? {} : { tenant_name: plainName(one.name) }) };
}

/** In lists of connections, `id` is the connection's; Laravel's `Id` is the tenant's. */
function tenantIn(value: unknown): { id: string; name: string; eventId: string } {
  const object = v.safeParse(v.record(v.string(), v.unknown()), value);
  const entries = object.success ? Object.entries(object.output) : [];
  const members = new Map(entries.map(([key, member]) => [plainKey(key), member]));
  const laravels = textIn(new Map(entries), 'Id');
  return {
    id: textIn(members, 'tenantid', 'xerotenantid') || laravels,
    name: textIn(members, 'tenantname') || (laravels === '' ? '' : textIn(members, 'name')),
    eventId: textIn(members, 'autheventid'),
  };
}

/** The scopes of the consent, to be used for the next one; from a text or a list of texts. */
function scopesOf(members: Members): Changes {
  const said: unknown = members.get('scope') ?? members.get('scopes');
  const texts = (Array.isArray(said) ? (said as unknown[]) : [said]).filter((one) => typeof one === 'string');
  const scopes = texts.join(' ').trim().split(/\s+/);
  const isWhole = scopes.includes('offline_access') && scopes.every((scope) => /^[\w.]+$/.test(scope));
  return isWhole ? { scopes: scopes.join(' ') } : {};
}
