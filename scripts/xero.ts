import { dayMs, minuteMs } from './text/duration';

/**
 * What Xero says of its own tokens, links and codes, each with its source. Nothing else in this program knows these
 * numbers.
 */

/** A refresh token lives this long from its rotation if it isn't used (OAuth 2.0 FAQ). */
export const refreshTokenLifetimeMs = 60 * dayMs;

/** A refresh token whose answer was lost may be sent again for this long after its first use (OAuth 2.0 FAQ). */
export const gracePeriodMs = 30 * minuteMs;

/** An access token lives this long (OAuth 2.0, "Token types"). */
export const accessTokenLifetimeMs = 30 * minuteMs;

/** An authorization code lives this long (OAuth 2.0, "The standard authorization code flow"). */
export const codeLifetimeMs = 5 * minuteMs;
