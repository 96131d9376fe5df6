import { createHmac, timingSafeEqual } from 'node:crypto';
import * as v from 'valibot';
import { dayMs, minuteMs } from './duration';
import { jsonOf } from './json';

/** A consent link is good for this long. */
export const linkLifetimeMs = 14 * dayMs;

/** How far ahead another machine's clock may be. */
const clockSkewMs = 10 * minuteMs;

const version = 'eg1';

/** What a state says of itself: whose link it is and when the link was made. */
export interface StateClaims {
  readonly name: string;
  readonly madeAt: Date;
}

/**
 * Makes a state that verifies itself: `eg1.<payload>.<mac>`, the payload base64url of `{"n":name,"t":seconds,"r":nonce}`,
 * the mac HMAC-SHA256 over all before it, keyed with the client secret. It defends against CSRF (RFC 6749 §10.12) on
 * any machine that has the secret. The collection's `makeState` makes the same.
 */
export function makeState(name: string, clientSecret: string, madeAt: Date, nonce: Buffer): string {
  const claims = { n: name, t: Math.floor(madeAt.getTime() / 1000), r: nonce.toString('base64url') };
  const signed = `${version}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
  return `${signed}.${mac(signed, clientSecret)}`;
}

/** Reads a state without believing it: enough to find the environment whose secret can verify it. */
export function peekState(state: string): StateClaims | undefined {
  const [prefix, payload, , ...rest] = state.split('.');
  if (prefix !== version || payload === undefined || rest.length > 0) return undefined;
  const claims = v.safeParse(claimsShape, jsonOf(Buffer.from(payload, 'base64url').toString('utf8')));
  return claims.success ? { name: claims.output.n, madeAt: new Date(claims.output.t * 1000) } : undefined;
}

/** Whether this secret made the state, and whether the link is still good. */
export function verifyState(state: string, clientSecret: string, now: Date): 'valid' | 'expired' | 'forged' {
  const end = state.lastIndexOf('.');
  const expected = Buffer.from(mac(state.slice(0, Math.max(end, 0)), clientSecret));
  const given = Buffer.from(state.slice(end + 1));
  const claims = peekState(state);
  if (claims === undefined || given.length !== expected.length || !timingSafeEqual(given, expected)) return 'forged';
  return isLinkGood(claims.madeAt, now) ? 'valid' : 'expired';
}

/** Whether a link made then may still be answered now. */
export function isLinkGood(madeAt: Date, now: Date): boolean {
  const ageMs = now.getTime() - madeAt.getTime();
  return ageMs <= linkLifetimeMs && ageMs >= -clockSkewMs;
}

const claimsShape = v.strictObject({
  n: v.string(),
  t: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1e11)),
  r: v.string(),
});

function mac(message: string, key: string): string {
  return createHmac('sha256', key).update(message).digest('base64url');
}
