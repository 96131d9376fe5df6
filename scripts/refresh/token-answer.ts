import * as v from 'valibot';
import { isToken, type TokenSet } from '../environment/grant';
import { jsonOf } from '../text/json';
import { accessTokenLifetimeMs } from '../xero';

/**
 * What came back from a server. `lost` means that no answer came: `code` is the system's error code, `sent` whether
 * anything was sent, `isUntrusted` that the server's certificate was not trusted, and `via` the proxy (host and port)
 * at which the request failed.
 */
export type Answer =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
  | {
      readonly kind: 'lost';
      readonly code: string;
      readonly sent: boolean;
      readonly isUntrusted?: true;
      readonly via?: string;
    };

/**
 * What an answer of the token endpoint means:
 * - `granted`: a token set;
 * - `unusable`: a token set in which a token is not valid text; the refresh token has been used up for it;
 * - `invalidGrant`: this refresh token or code is no longer valid (RFC 6749 §5.2), provided it is still the one in the
 *   file;
 * - `clientRejected`: the app's settings are not accepted; nothing was spent;
 * - `transient`: no answer, or none that can be understood; the same token may be sent again, whether it was used or
 *   not;
 * - `misdirected`: there is no token endpoint at this URL;
 * - `unexpected`: a 3xx or 4xx that is no OAuth answer, for example from a proxy. It says nothing about the token,
 *   which is not sent again in this run.
 */
export type Verdict =
  | { readonly kind: 'granted'; readonly tokens: TokenSet }
  | { readonly kind: 'unusable'; readonly reason: string }
  | { readonly kind: 'invalidGrant'; readonly code: 'invalid_grant' }
  | { readonly kind: 'clientRejected'; readonly code: string }
  | {
      readonly kind: 'transient';
      readonly reason: string;
      readonly retryAfterSeconds?: number;
      readonly mayBeSpent: boolean;
      /** What a person can do about it before running the command again. */
      readonly remedy?: string;
    }
  | { readonly kind: 'misdirected' | 'unexpected'; readonly reason: string };

/** A token answer has a few kilobytes; a body over this limit is not one. */
const bodyLimit = 1024 * 1024;

/** Used when an answer has no `expires_in`. */
const defaultLifetimeSeconds = accessTokenLifetimeMs / 1000;

const longestLifetimeSeconds = 86_400;

/** Statuses that ask for another try: RFC 9110 §15.5.9, RFC 8470 §5.2, RFC 6585 §4, and every 5xx. */
function isRetryable(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

/** A server sends these before it looks at the token. Any other may come from a proxy after Xero has rotated it. */
const unspentStatuses: readonly number[] = [425, 429];

/** OAuth errors that mean "try later", whatever the status (RFC 6749 §4.1.2.1, RFC 8628 §3.5). */
const passingErrors: readonly string[] = ['temporarily_unavailable', 'server_error', 'slow_down'];

/** Judges an answer of the token endpoint (RFC 6749 §5.1 and §5.2; the contract's "One refresh", steps 5 and 6). */
export function judgeTokenAnswer(answer: Answer, now: Date): Verdict {
  const reason = describeAnswer(answer);
  if (answer.kind === 'lost') {
    const remedy = remedyFor(answer);
    return { kind: 'transient', reason, mayBeSpent: answer.sent, ...(remedy === undefined ? {} : { remedy }) };
  }
  if (isRetryable(answer.status))
    return {
      kind: 'transient',
      reason,
      mayBeSpent: !unspentStatuses.includes(answer.status),
      ...retryAfter(answer.headers, now),
    };
  if (answer.status >= 200 && answer.status < 300) return judgeSuccess(answer.body, reason);
  // The token endpoint refuses with 400 or 401 (RFC 6749 §5.2); a 403 comes from Xero's edge or from a proxy.
  if (answer.status === 403) return { kind: 'transient', reason, mayBeSpent: true };
  const code = answer.status >= 400 ? errorCodeOf(answer.body) : undefined;
  const isNowhere = answer.status === 404 || answer.status === 405;
  if (code === undefined) return { kind: isNowhere ? 'misdirected' : 'unexpected', reason };
  if (passingErrors.includes(code)) return { kind: 'transient', reason: `${reason}, ${code}`, mayBeSpent: false };
  return code === 'invalid_grant' ? { kind: 'invalidGrant', code } : { kind: 'clientRejected', code };
}

/** The `error` of an OAuth error answer (RFC 6749 §5.2), or undefined when the body is not one. */
export function errorCodeOf(body: string): string | undefined {
  const error = v.safeParse(v.looseObject({ error: v.pipe(v.string(), v.regex(/^[a-z_]{1,40}$/)) }), jsonOf(body));
  return error.success ? error.output.error : undefined;
}

/** Describes an answer in words. It never quotes the body, which may hold a token. */
export function describeAnswer(answer: Answer): string {
  if (answer.kind === 'lost') return `no answer (${describeLoss(answer)})`;
  const type = knownTypes.find((known) => answer.headers['content-type']?.toLowerCase().startsWith(known));
  return `HTTP ${answer.status}${type === undefined ? '' : `, ${type}`}`;
}

function describeLoss({ code, via, isUntrusted }: Extract<Answer, { kind: 'lost' }>): string {
  const what = isUntrusted === true ? `its certificate is not trusted, ${code}` : code;
  return via === undefined ? what : `the proxy ${via}: ${what}`;
}

/** What a person can do about the connection before running again; undefined when the connection is not the fault. */
export function remedyFor(answer: Answer): string | undefined {
  if (answer.kind !== 'lost') return undefined;
  if (answer.isUntrusted === true)
    return "check this machine's clock; if a CA of your own signs, name its file in NODE_EXTRA_CA_CERTS";
  return answer.via === undefined ? undefined : 'check the proxy, and HTTPS_PROXY and NO_PROXY';
}

const knownTypes = ['text/html', 'text/plain', 'application/json', 'application/xml', 'text/xml'];

/** Xero's longest rate limit is one day; a longer wait is taken for an error and cut to a day. */
const longestRetryAfterSeconds = 86_400;

/** `Retry-After` in seconds, from either of its forms (RFC 9110 §10.2.3). */
function retryAfter(headers: Readonly<Record<string, string>>, now: Date): { retryAfterSeconds?: number } {
  const value = headers['retry-after']?.trim();
  if (value === undefined || value === '') return {};
  const seconds = /^\d{1,9}$/.test(value) ? Number(value) : (Date.parse(value) - now.getTime()) / 1000;
  if (!Number.isFinite(seconds)) return {};
  return { retryAfterSeconds: Math.min(Math.max(0, Math.ceil(seconds)), longestRetryAfterSeconds) };
}

const text = v.pipe(v.string(), v.minLength(1));
const noText = v.pipe(
  v.unknown(),
  v.check((value) => typeof value !== 'string' || value === ''),
  v.transform(() => undefined),
);
const lifetime = v.pipe(v.union([v.number(), text]), v.transform(Number), v.finite(), v.minValue(0));
const tokenAnswer = v.looseObject({
  access_token: text,
  token_type: v.nullish(v.pipe(v.string(), v.toLowerCase(), v.literal('bearer'))),
  refresh_token: v.optional(v.union([text, noText])),
  expires_in: v.fallback(lifetime, defaultLifetimeSeconds),
});

function judgeSuccess(body: string, reason: string): Verdict {
  const parsed = body.length > bodyLimit ? undefined : v.safeParse(tokenAnswer, jsonOf(body));
  if (!parsed?.success) return { kind: 'transient', reason: `${reason} without a token set`, mayBeSpent: true };
  const { access_token: accessToken, refresh_token: refreshToken, expires_in: seconds } = parsed.output;
  if (!isToken(accessToken) || (refreshToken !== undefined && !isToken(refreshToken)))
    return { kind: 'unusable', reason: `${reason} with a token that is none` };
  const expiresInSeconds = Math.min(Math.floor(seconds), longestLifetimeSeconds);
  return {
    kind: 'granted',
    tokens: { accessToken, expiresInSeconds, ...(refreshToken === undefined ? {} : { refreshToken }) },
  };
}
