import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import * as v from 'valibot';
import { dayMs, minuteMs } from '../text/duration';
import { jsonOf } from '../text/json';

/** A consent link is good for this long, unless its maker says otherwise. */
export const linkLifetimeMs = 14 * dayMs;

/** No link is good for longer: a refresh token that is left alone isn't either. */
export const longestLinkLifetimeMs = 60 * dayMs;

/** How far ahead another machine's clock may be. */
export const clockSkewMs = 10 * minuteMs;

/** A secret that is shorter can be guessed from the links that it has signed (RFC 2104 §3): it signs none. */
export const shortestLinkSecret = 16;

/** What a state says of itself: whose link it is, when it was made, and how it may be used. */
export interface StateClaims {
  readonly name: string;
  readonly madeAt: Date;
  readonly goodUntil: Date;
  /** The link may connect another organisation than the one held. */
  readonly mayReplace: boolean;
  /** The form of earlier versions, which bound neither app nor redirect URI. */
  readonly isOldForm: boolean;
}

export type Claimed = Omit<StateClaims, 'isOldForm'>;

/** The app that a link is made for: its state is good for this one alone. */
export interface LinkApp {
  readonly clientSecret: string;
  readonly clientId: string;
  readonly redirectUri: string;
}

export type StateVerdict = 'valid' | 'expired' | 'forged';

/**
 * Makes a state that verifies itself: `eg2.<payload>.<mac>`, the payload base64url of
 * `{"n":name,"t":made,"u":good until,"r":nonce}` in seconds, with `"x":1` last where the link may replace the
 * organisation. The mac is HMAC-SHA256 over `eg2.<payload>`, `client_id` and `redirect_uri`, each on its line, under a
 * key derived from the client secret (RFC 5869). It defends against CSRF (RFC 6749 §10.12) on any machine that has the
 * secret. The collection's `makeState` makes the same; `test/fixtures/state-vectors.json` has examples.
 */
export function makeState(claimed: Claimed, app: LinkApp, nonce: string): string {
  const signed = `eg2.${payloadOf(claimed, nonce)}`;
  return `${signed}.${macOf(signed, app)}`;
}

/** The state of a PKCE app is kept by the environment that made it, and has no secret: `egp1.<payload>`. */
export function makeKeptState(claimed: Claimed, nonce: string): string {
  return `egp1.${payloadOf(claimed, nonce)}`;
}

/** The same link under this secret: the collection's scripts know one alone, while two overlap. */
export function signedAnew(state: string, app: LinkApp): string {
  const signed = state.slice(0, state.lastIndexOf('.'));
  return `${signed}.${expectedMac(signed, app)}`;
}

/** Reads a state without believing it: enough to find the environment whose secret can verify it. */
export function peekState(state: string): StateClaims | undefined {
  const [version, payload = '', mac, ...rest] = state.split('.');
  const isWhole = version === 'egp1' ? mac === undefined : mac !== undefined;
  if (!isWhole || rest.length > 0) return undefined;
  const claims = jsonOf(Buffer.from(payload, 'base64url').toString('utf8'));
  if (version === 'eg1') return oldClaims(claims);
  return version === 'eg2' || version === 'egp1' ? newClaims(claims) : undefined;
}

/** The name that a state gives, unverified; undefined where it gives none. */
export function nameIn(state: string): string | undefined {
  return peekState(state)?.name;
}

/** Whether this app's secret made the state, for this app, and whether the link is still good. */
export function verifyState(state: string, app: LinkApp, now: Date): StateVerdict {
  const claims = peekState(state);
  if (claims === undefined || !isStrong(app.clientSecret) || !isSigned(state, app)) return 'forged';
  return isLinkGood(claims, now) ? 'valid' : 'expired';
}

export function isStrong(clientSecret: string): boolean {
  return clientSecret.length >= shortestLinkSecret;
}

/** Whether a link may be answered now. */
export function isLinkGood({ madeAt, goodUntil }: Pick<StateClaims, 'madeAt' | 'goodUntil'>, now: Date): boolean {
  const ageMs = now.getTime() - madeAt.getTime();
  return now <= goodUntil && ageMs <= longestLinkLifetimeMs && ageMs >= -clockSkewMs;
}

const seconds = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1e11));
const newShape = v.strictObject({ n: v.string(), t: seconds, u: seconds, r: v.string(), x: v.optional(v.literal(1)) });
const oldShape = v.strictObject({ n: v.string(), t: seconds, r: v.string() });

function newClaims(claims: unknown): StateClaims | undefined {
  const read = v.safeParse(newShape, claims);
  if (!read.success) return undefined;
  const { n, t, u, x } = read.output;
  return { name: n, madeAt: instantOf(t), goodUntil: instantOf(u), mayReplace: x === 1, isOldForm: false };
}

function oldClaims(claims: unknown): StateClaims | undefined {
  const read = v.safeParse(oldShape, claims);
  if (!read.success) return undefined;
  const madeAt = instantOf(read.output.t);
  const goodUntil = new Date(madeAt.getTime() + linkLifetimeMs);
  return { name: read.output.n, madeAt, goodUntil, mayReplace: false, isOldForm: true };
}

function payloadOf({ name, madeAt, goodUntil, mayReplace }: Claimed, nonce: string): string {
  const claims = { n: name, t: secondsOf(madeAt), u: secondsOf(goodUntil), r: nonce, ...(mayReplace ? { x: 1 } : {}) };
  return Buffer.from(JSON.stringify(claims)).toString('base64url');
}

/** By the rule of the form that the state itself names: each has its own key. */
function isSigned(state: string, app: LinkApp): boolean {
  const end = state.lastIndexOf('.');
  const signed = state.slice(0, end);
  const expected = Buffer.from(expectedMac(signed, app));
  const given = Buffer.from(state.slice(end + 1));
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function expectedMac(signed: string, app: LinkApp): string {
  if (signed.startsWith('eg1.')) return createHmac('sha256', app.clientSecret).update(signed).digest('base64url');
  return signed.startsWith('eg2.') ? macOf(signed, app) : '';
}

function macOf(signed: string, { clientSecret, clientId, redirectUri }: LinkApp): string {
  const key = hkdfSync('sha256', clientSecret, '', 'evergrant consent state eg2', 32);
  return createHmac('sha256', Buffer.from(key)).update(`${signed}\n${clientId}\n${redirectUri}`).digest('base64url');
}

function secondsOf(at: Date): number {
  return Math.floor(at.getTime() / 1000);
}

function instantOf(timeSeconds: number): Date {
  return new Date(timeSeconds * 1000);
}
