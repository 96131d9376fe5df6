import { dayMs, minuteMs } from '../text/duration';
import { claimsOf } from './tenant';

/** Xero's access tokens live for 30 minutes; one that is said to live for longer than this was dated by a wrong clock. */
const longestAccessTokenMs = dayMs;

/** How far ahead of this machine's clock a true time may be. */
const clockSkewMs = 10 * minuteMs;

/** What an access token says of itself (RFC 7519 §4.1.4 and §4.1.6); empty where it is opaque. */
export interface TokenTimes {
  readonly issuedAt?: Date;
  readonly expiresAt?: Date;
}

export function timesOf(accessToken: string): TokenTimes {
  if (!accessToken.startsWith('eyJ')) return {}; // as JSON objects begin in base64: all others are opaque
  const { iat, nbf, exp } = claimsOf(accessToken);
  const [issuedAt, expiresAt] = [instantOf(iat ?? nbf), instantOf(exp)];
  return { ...(issuedAt === undefined ? {} : { issuedAt }), ...(expiresAt === undefined ? {} : { expiresAt }) };
}

/** When an access token ends, as far as its own word and the longest lifetime allow; null for a time that can't be. */
export function believedExpiry(noted: Date | null, { expiresAt }: TokenTimes, now: Date): Date | null {
  if (noted === null) return null;
  const earlier = expiresAt !== undefined && expiresAt < noted ? expiresAt : noted;
  return earlier.getTime() > now.getTime() + longestAccessTokenMs ? null : earlier;
}

/** When a refresh token ends that isn't used: its lifetime begins with its rotation, which is not in the future. */
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
