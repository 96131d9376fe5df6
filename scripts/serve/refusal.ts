import { Failure } from '../errors';

/** The errors of a token endpoint (RFC 6749 §5.2, RFC 8707 §2), and two of ours for what is not the client's fault. */
export type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'invalid_scope'
  | 'invalid_target'
  | 'unsupported_grant_type'
  | 'temporarily_unavailable'
  | 'server_error';

/** Why somebody gets no answer. It says nothing that the asker must not know. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly status: number,
    readonly error: OAuthErrorCode,
    message: string,
    readonly hint = '',
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(message);
  }
}

/** The one answer for unknown, removed and expired clients and for wrong secrets. */
export function unknownClient(): Refusal {
  const hint = 'see that the id and the secret are those that client add printed';
  return new Refusal(401, 'invalid_client', 'client authentication failed', hint);
}

/** The one answer for environments that are not there and for those that this client may not have. */
export function unknownTarget(): Refusal {
  const hint = 'name one that this client may have: client list on the server says which';
  return new Refusal(404, 'invalid_target', 'there is no such environment for this client', hint);
}

/** What a failure becomes for the asker, who may know what to do, but not where files are and what is in them. */
export function refusalOf(name: string, failure: Failure): Refusal {
  const { kind, code, message, hint } = failure;
  if (kind === 'consent_needed' || code === 'moved') return new Refusal(409, 'invalid_grant', message, hint);
  if (['no_environment', 'renamed', 'bad_name'].includes(code)) return unknownTarget();
  if (code === 'store_unreachable') return unavailable('the store of the environments does not answer');
  if (kind === 'busy') return unavailable(`${name} is being refreshed by another process`);
  if (kind === 'temporary_failure') return unavailable(`there is no new token for ${name} now; nothing is lost`);
  const why = kind === 'refused' ? `Xero refuses the app's settings of ${name}` : `${name} can't be used as it is`;
  return new Refusal(500, 'server_error', why, `see why on the server: npx evergrant doctor ${name}`);
}

/**
 * Anything that is thrown, as a refusal: a failure here is the store's, a status is that of Koa's parser for a body that
 * is too long, cut off or wrongly encoded, and what nobody expected is told to nobody.
 */
export function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof Failure && ['temporary_failure', 'busy'].includes(error.kind)) {
    return caused(unavailable('the store of the environments does not answer'), error);
  }
  const status: unknown = error instanceof Error && 'status' in error ? error.status : undefined;
  const isTheirs = typeof status === 'number' && status >= 400 && status < 500;
  if (isTheirs) return new Refusal(status, 'invalid_request', 'the body of the request can not be read');
  return caused(new Refusal(500, 'server_error', 'an unexpected error', "it is in the server's log"), error);
}

/** A refusal that keeps what it came from, for the log. */
export function caused(refusal: Refusal, cause: unknown): Refusal {
  return Object.assign(refusal, { cause });
}

const retryAfterSeconds = 5;

function unavailable(message: string): Refusal {
  return new Refusal(503, 'temporarily_unavailable', message, 'ask again in a few seconds', retryAfterSeconds);
}

/** More at once than are answered; `seconds` later there may be room. */
export function tooMany(message: string, seconds: number): Refusal {
  return new Refusal(429, 'temporarily_unavailable', message, 'ask again later', seconds);
}
