import { gracePeriodMs, refreshTokenLifetimeMs } from '../xero';
import type { Attempt } from './attempt';

/** What is known about a connection's tokens from earlier attempts. */
export interface Past {
  /** When a token, given by its fingerprint, was exchanged here for its successor. */
  whenSpent(token: string): Date | undefined;
  /** When a token was received here. */
  whenMade(token: string): Date | undefined;
  /** Since when there has been no answer; null when the last one came. */
  unansweredSince(): Date | null;
}

/** What happened, in words: how often and at what interval, then the result. */
export function formatOutcome(group: readonly Attempt[], interval: string, past: Past): string {
  const last = group.at(-1);
  if (last === undefined) return '';
  const [what, then = ''] = wordings[last.outcome](last, past);
  return `${what}${formatTimes(group)}${interval}${then === '' ? '' : `; ${then}`}`;
}

/** How often it happened; for a single attempt, how many requests it took. */
function formatTimes(group: readonly Attempt[]): string {
  const tries = group.reduce((sum, attempt) => sum + attempt.tries, 0);
  if (group.length > 1) return ` ${group.length} times`;
  return tries > 1 ? ` after ${tries} requests` : '';
}

type Wording = (attempt: Attempt, past: Past) => readonly [what: string, then?: string | undefined];

const wordings: Readonly<Record<Attempt['outcome'], Wording>> = {
  refreshed: ({ after }) => ['refreshed', formatToken(after)],
  not_due: () => ['not due'],
  adopted: ({ after }) => ['refreshed by another process', formatToken(after)],
  consent_needed: (attempt, past) =>
    attempt.status === null
      ? ['consent needed', attempt.error?.message]
      : ['refused', `${formatReason(attempt, past)}${formatCorrelation(attempt)}`],
  temporary_failure: (attempt) =>
    attempt.error?.code === 'not_answering' ? formatNoAnswer(attempt) : ['failed', attempt.error?.message],
  busy: () => ['another process held it'],
  refused: (attempt) => ['refused', `${attempt.error?.message ?? ''}${formatCorrelation(attempt)}`],
  not_saved: ({ error }) => ['new tokens came but could not be saved', error?.message],
  invalid: ({ error }) => ['not asked', error?.message],
  connected: ({ after, moved }) => [
    moved === null ? 'connected by a consent' : `connected by a consent to ${moved.to}, in place of ${moved.from}`,
    formatToken(after),
  ],
  taken_over: ({ after }) => ['taken over from another file', formatToken(after)],
  restored: ({ after }) => ['kept tokens put back', formatToken(after)],
  disconnected: () => ['disconnected at Xero by revoke'],
  renamed: ({ was }) => [`renamed; until then it was ${was ?? 'another'}`],
  handed_over: ({ before }) => ['handed over', before === null ? '' : `with token ${before}`],
};

function formatToken(token: string | null): string {
  return token === null ? '' : `now token ${token}`;
}

function formatNoAnswer({ status }: Attempt): readonly [string, string] {
  return [status === null ? 'no answer from Xero' : `Xero gave no token (status ${status})`, 'nothing lost'];
}

/**
 * Why a refresh token may have ended. Xero only says `invalid_grant`; the log knows more: a token already used, an
 * answer lost for longer than the grace period, or a token older than 60 days (Xero's OAuth 2.0 FAQ).
 */
function formatReason({ at, before }: Attempt, past: Past): string {
  const token = before ?? '';
  const [spent, made, unanswered] = [past.whenSpent(token), past.whenMade(token), past.unansweredSince()];
  if (spent !== undefined) return `token ${token} had been used already: this was an older copy`;
  if (unanswered !== null && at.getTime() - unanswered.getTime() > gracePeriodMs) {
    return `an answer to token ${token} had been lost, and the 30 minutes for asking again were over`;
  }
  if (made !== undefined && at.getTime() - made.getTime() > refreshTokenLifetimeMs)
    return `token ${token} had been idle for 60 days`;
  return `another copy had used token ${token}, or the customer had disconnected the app`;
}

function formatCorrelation({ correlation }: Attempt): string {
  return correlation === null ? '' : ` (Xero's correlation id ${correlation})`;
}
