import { consentNeeded } from '../environment/grant';
import type { Settings } from '../environment/settings';
import { Failure } from '../errors';
import { formatDuration, minuteMs } from '../text/duration';
import { formatSince } from '../text/since';
import type { Verdict } from './token-answer';

/** Why there is no token set now. */
export type Unanswered = Pick<Extract<Verdict, { kind: 'transient' }>, 'reason' | 'retryAfterSeconds' | 'remedy'>;

/** `graceLeftMs`: how long a token that may be used up can still be sent again; 0 or less when it is not used up. */
export function notAnswering(
  name: string,
  { reason, remedy, retryAfterSeconds = 0 }: Unanswered,
  graceLeftMs: number,
): Failure {
  const waitMs = retryAfterSeconds * 1000;
  const wait = waitMs < minuteMs ? '' : ` in ${formatDuration(waitMs)}, as Xero asked`;
  const within = graceLeftMs > 0 ? ` within ${formatDuration(graceLeftMs)}` : wait;
  return new Failure(
    'temporary_failure',
    'not_answering',
    `Xero is not answering for ${name}: ${reason}; nothing is lost`,
    `${remedy === undefined ? '' : `${remedy}; then `}run again${within}: npx evergrant refresh ${name}`,
  );
}

/** What a run would come to that begins before the time until which Xero asked to be left alone. */
export function leftAlone(name: string, until: Date, now: Date): Failure {
  const message = `${name} is left alone until ${formatSince(until, now)} UTC, as Xero asked; nothing is lost`;
  return new Failure('temporary_failure', 'not_answering', message, `run again then: npx evergrant refresh ${name}`);
}

/** The lock was lost while this process was waiting. Nothing more is sent; an answer that still comes is saved. */
export function takenOver(name: string): Failure {
  return new Failure(
    'busy',
    'lock_lost',
    `${name} was taken over by another process, which goes on`,
    `see how it went: npx evergrant status ${name}`,
  );
}

/** An answer from which no token can be read; a person who finds out why may still save the connection. */
export function unusableAnswer(name: string, reason: string, place: string | undefined, command: string): Failure {
  const where = place === undefined ? 'and it could not be kept either' : `it is in ${place}`;
  const message = `the answer for ${name} can't be used (${reason}); ${where}`;
  return new Failure('not_saved', 'unusable_answer', message, `Xero gives the same again for 30 minutes: ${command}`);
}

export function refusedClient(name: string, code: string): Failure {
  const hint = refusalHints[code] ?? `check the app at developer.xero.com and ${name}'s settings, then run again`;
  return new Failure('refused', code, `Xero refused the app's settings in ${name}: ${code}`, hint);
}

export function refusedToken(name: string, code: string): Failure {
  const why = `Xero refused its refresh token (${code}): used by another copy, revoked, or idle for 60 days`;
  return consentNeeded(name, why, code);
}

export function misdirected({ environment: { name } }: Settings, reason: string): Failure {
  return new Failure(
    'refused',
    'wrong_url',
    `token_url in ${name} leads to no token endpoint: ${reason}`,
    `set token_url to Xero's own, as in environments/*.template.postman_environment.json`,
  );
}

export function noRefreshToken(name: string): string {
  return `Xero gave ${name} no new refresh token; the old one is kept: see that scopes has offline_access`;
}

const refusalHints: Readonly<Record<string, string>> = {
  invalid_client: 'check client_id and client_secret against the app at developer.xero.com',
  unauthorized_client: 'check that app_type is what the app at developer.xero.com is',
  invalid_scope: 'check scopes against what the app may ask for at developer.xero.com',
};
