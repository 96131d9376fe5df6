import { dayMs, minuteMs } from '../text/duration';
import { claimsOf } from './tenant';

/** Xero's access tokens are valid for 30 minutes. An expiry further away than this was written by a wrong clock. */
const longestAccessTokenMs = dayMs;

/** This machine's clock may be slow by as much as this. */
const clockSkewMs = 10 * minuteMs;

/** The times inside an access token (RFC 7519 §4.1.4 and §4.1.6); empty for an opaque token. */
export interface TokenTimes {
  readonly issuedAt?: Date | undefined;
  readonly expiresAt?: Date | undefined;
}

export function timesOf(accessToken: string): TokenTimes {
  if (!accessToken.startsWith('eyJ')) return {}; // a JSON object in base64 begins like this; all others are opaque
  const { iat, nbf, exp } = claimsOf(accessToken);
  return { issuedAt: instantOf(iat ?? nbf), expiresAt: instantOf(exp) };
}

/** When an access token expires: the noted time or the token's own, the earlier; null for a time that can't be true. */
export function believedExpiry(noted: Date | null, { expiresAt }: TokenTimes, now: Date): Date | null {
  if (noted === null) return null;
  const earlier = expiresAt !== undefined && expiresAt < noted ? expiresAt : noted;
  return earlier.getTime() > now.getTime() + longestAccessTokenMs ? null : earlier;
}

/** When an unused refresh token expires, counted from its rotation; null when the rotation would be in the future. */
export function believedEnd(noted: Date | null, { issuedAt }: TokenTimes, lifetimeMs: number, now: Date): Date | null {
  if (noted === null) return null;
  const latest = issuedAt === undefined ? noted.getTime() : issuedAt.getTime() + lifetimeMs;
  const end = new Date(Math.min(noted.getTime(), latest));
  return end.getTime() > now.getTime() + lifetimeMs + clockSkewMs ? null : end;
}

function instantOf(seconds: unknown): Date | undefined {
  const isTime = typeof seconds === 'number' && seconds > 0 && seconds < 1e11;
  return isTime ? new Date(seconds * 1000) : undefined;
}
