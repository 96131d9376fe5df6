import { dayMs, minuteMs } from './text/duration';

/** The lifetimes of Xero's tokens and codes, each with its source. They are written nowhere else in this program. */

/** An unused refresh token is valid for this long after its rotation (OAuth 2.0 FAQ). */
export const refreshTokenLifetimeMs = 60 * dayMs;

/** A refresh token whose answer was lost may be sent again for this long after its first use (OAuth 2.0 FAQ). */
export const gracePeriodMs = 30 * minuteMs;

/** An access token is valid for this long (OAuth 2.0, "Token types"). */
export const accessTokenLifetimeMs = 30 * minuteMs;

/** An authorization code is valid for this long (OAuth 2.0, "The standard authorization code flow"). */
export const codeLifetimeMs = 5 * minuteMs;
