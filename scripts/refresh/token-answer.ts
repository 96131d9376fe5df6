import type { TokenSet } from '../environment/tokens';
import { judgeTokenResponse } from './token-response';

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
      readonly isUntrusted?: true | undefined;
      readonly via?: string | undefined;
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
      readonly remedy?: string | undefined;
    }
  | { readonly kind: 'misdirected' | 'unexpected'; readonly reason: string };

/** Judges an answer of the token endpoint (RFC 6749 §5.1 and §5.2; the contract's "One refresh", steps 5 and 6). */
export function judgeTokenAnswer(answer: Answer, now: Date): Verdict {
  const reason = describeAnswer(answer);
  if (answer.kind === 'lost') return { kind: 'transient', reason, mayBeSpent: answer.sent, remedy: remedyFor(answer) };
  const { status, body } = answer;
  const response = judgeTokenResponse(status, body.length > bodyLimit ? '' : body);
  switch (response.kind) {
    case 'transient':
      return transient(response.code, answer, now);
    case 'unusable':
      return { kind: 'unusable', reason: `${reason} with a token that is none` };
    case 'misdirected':
    case 'unexpected':
      return { kind: response.kind, reason };
    default:
      return response;
  }
}

/** A token answer has a few kilobytes; a body over this limit is not one. */
const bodyLimit = 1024 * 1024;

/** A server sends these before it looks at the token. Any other may come from a proxy after Xero has rotated it. */
const unspentStatuses: readonly number[] = [425, 429];

function transient(code: string | undefined, answer: Extract<Answer, { kind: 'answer' }>, now: Date): Verdict {
  const { status, headers } = answer;
  const isSuccess = status >= 200 && status < 300;
  const asksToWait = code === undefined && !isSuccess && status !== 403;
  const why = code === undefined ? (isSuccess ? ' without a token set' : '') : `, ${code}`;
  const mayBeSpent = code === undefined && !unspentStatuses.includes(status);
  const wait = asksToWait ? retryAfter(headers, now) : {};
  return { kind: 'transient', reason: `${describeAnswer(answer)}${why}`, mayBeSpent, ...wait };
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
