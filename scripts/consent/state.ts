import { base64url } from '../text/base64url';
import { dayMs, minuteMs } from '../text/duration';
import { jsonOf } from '../text/json';

/** How long a consent link is good, unless another time is asked for. */
export const linkLifetimeMs = 14 * dayMs;

/** No link is good for longer than this, the lifetime of an unused refresh token. */
export const longestLinkLifetimeMs = 60 * dayMs;

/** Another machine's clock may be ahead by as much as this. */
export const clockSkewMs = 10 * minuteMs;

/** A shorter secret signs no links: it could be guessed from a link that it has signed (RFC 2104 §3). */
export const shortestLinkSecret = 16;

/** What a state says: whose link it is, when it was made, and how it may be used. */
export interface StateClaims {
  readonly name: string;
  readonly madeAt: Date;
  readonly goodUntil: Date;
  /** The link may connect another organisation than the one held. */
  readonly mayReplace: boolean;
  /** It has the form of earlier versions, which was bound to neither the app nor the redirect URI. */
  readonly isOldForm: boolean;
}

export type Claimed = Omit<StateClaims, 'isOldForm'>;

/** The app that a link is made for; its state is valid for no other. */
export interface LinkApp {
  readonly clientSecret: string;
  readonly clientId: string;
  readonly redirectUri: string;
}

/** HMAC-SHA256 (RFC 2104) of a text: Node and Postman's sandbox each have their own. */
export type Hmac = (key: string | Uint8Array, text: string) => Uint8Array;

export type StateVerdict = 'valid' | 'expired' | 'forged';

/**
 * Makes a state that verifies itself: `eg2.<payload>.<mac>`, the payload base64url of
 * `{"n":name,"t":made,"u":good until,"r":nonce}` in seconds, with `"x":1` last where the link may replace the
 * organisation. The mac is HMAC-SHA256 over `eg2.<payload>`, `client_id` and `redirect_uri`, each on its own line, with
 * a key derived from the client secret (RFC 5869). It defends against CSRF (RFC 6749 §10.12) on every machine that has
 * the secret. The collection's scripts run this same code.
 */
export function makeState(claimed: Claimed, app: LinkApp, nonce: string, hmac: Hmac): string {
  const signed = `eg2.${payloadOf(claimed, nonce)}`;
  return `${signed}.${macOf(signed, app, hmac)}`;
}

/** The state of a PKCE app, which has no secret to sign with: `egp1.<payload>`. Its environment keeps it. */
export function makeKeptState(claimed: Claimed, nonce: string): string {
  return `egp1.${payloadOf(claimed, nonce)}`;
}

/** The same state, signed with this app's secret: the collection's scripts know only one while two secrets overlap. */
export function signedAnew(state: string, app: LinkApp, hmac: Hmac): string {
  const signed = state.slice(0, state.lastIndexOf('.'));
  return `${signed}.${macOf(signed, app, hmac)}`;
}

/** Reads a state but does not verify it, to find the environment whose secret can verify it. */
export function peekState(state: string): StateClaims | undefined {
  const [version = '', payload = '', mac, ...rest] = state.split('.');
  const isWhole = version === 'egp1' ? mac === undefined : /^eg[12]$/.test(version) && mac !== undefined;
  if (!isWhole || rest.length > 0) return undefined;
  return claimsIn(jsonOf(Buffer.from(payload, 'base64').toString()), version === 'eg1');
}

/** The unverified name in a state; undefined when there is none. */
export function nameIn(state: string): string | undefined {
  return peekState(state)?.name;
}

/** Whether this app's secret signed the state, for this app, and whether the link is still good. */
export function verifyState(state: string, app: LinkApp, now: Date, hmac: Hmac): StateVerdict {
  const claims = peekState(state);
  if (claims === undefined || !isStrong(app.clientSecret) || !isSigned(state, app, hmac)) return 'forged';
  return isLinkGood(claims, now) ? 'valid' : 'expired';
}

export function isStrong(clientSecret: string): boolean {
  return clientSecret.length >= shortestLinkSecret;
}

/** Whether a callback of this link is accepted now. */
export function isLinkGood({ madeAt, goodUntil }: Pick<StateClaims, 'madeAt' | 'goodUntil'>, now: Date): boolean {
  const ageMs = now.getTime() - madeAt.getTime();
  return now <= goodUntil && ageMs <= longestLinkLifetimeMs && ageMs >= -clockSkewMs;
}

/** The claims of a payload; undefined when it has any other form. The form of earlier versions names no end. */
function claimsIn(payload: unknown, isOldForm: boolean): StateClaims | undefined {
  const { n, t, u, r, x, ...others } = (payload ?? {}) as Readonly<Record<string, unknown>>; // none in a number or text
  const isForm = isOldForm ? u === undefined && x === undefined : isSeconds(u) && (x === undefined || x === 1);
  const isPlain = typeof n === 'string' && typeof r === 'string' && Object.keys(others).length === 0;
  if (!isForm || !isPlain || !isSeconds(t)) return undefined;
  const madeAt = new Date(t * 1000);
  const goodUntil = isSeconds(u) ? new Date(u * 1000) : new Date(madeAt.getTime() + linkLifetimeMs);
  return { name: n, madeAt, goodUntil, mayReplace: x === 1, isOldForm };
}

function isSeconds(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= 1e11;
}

function payloadOf({ name, madeAt, goodUntil, mayReplace }: Claimed, nonce: string): string {
  const claims = { n: name, t: secondsOf(madeAt), u: secondsOf(goodUntil), r: nonce, ...(mayReplace ? { x: 1 } : {}) };
  return base64url(JSON.stringify(claims));
}

function secondsOf(at: Date): number {
  return Math.floor(at.getTime() / 1000);
}

/** Compares every character, even after a difference, so that the duration shows nothing about the mac. */
function isSigned(state: string, app: LinkApp, hmac: Hmac): boolean {
  const end = Math.max(state.lastIndexOf('.'), 0);
  const [given, expected] = [state.slice(end + 1), macOf(state.slice(0, end), app, hmac)];
  const differing = Array.from(expected).filter((char, at) => char !== given[at]);
  return given.length === expected.length && differing.length === 0;
}

/** The mac for the form that the state names; each form has its own key. */
function macOf(signed: string, { clientSecret, clientId, redirectUri }: LinkApp, hmac: Hmac): string {
  if (signed.startsWith('eg1.')) return base64url(hmac(clientSecret, signed));
  const key = hmac(hmac('', clientSecret), 'evergrant consent state eg2\u0001'); // HKDF-SHA256 of one block
  return base64url(hmac(key, [signed, clientId, redirectUri].join('\n')));
}
