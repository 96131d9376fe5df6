import { formatDuration } from '../text/duration';
import { counted } from '../text/count';
import { formatSince } from '../text/since';
import type { Cause } from './troubles';

/** More environments than this are counted, and not named. */
export const mostNames = 5;

/** The words for a cause, while it lasts and when it is over. */
interface Words {
  readonly now: string;
  readonly then: string;
}

/** `83 environments: Xero does not answer since 10:20`; the names follow where they are few. */
export function formatBegun(cause: Cause, now: Date): string {
  const { since, names } = cause;
  return `${counted(names.length, 'environment')}: ${wordsFor(cause).now} since ${formatSince(since, now)} UTC${named(names)}`;
}

/** `83 environments work again at 12:30, after 2 h 10 min: Xero did not answer` */
export function formatEnded(cause: Cause, now: Date): string {
  const { since, names } = cause;
  const lastedMs = now.getTime() - since.getTime();
  const lasted = lastedMs > 0 ? `, after ${formatDuration(lastedMs)}` : '';
  const who = names.length === 1 ? `${names[0] ?? ''} works` : `${counted(names.length, 'environment')} work`;
  const which = names.length === 1 ? '' : named(names);
  return `${who} again since ${formatSince(now, now)} UTC${lasted}: ${wordsFor(cause).then}${which}`;
}

/** What to do about a cause that several environments have. */
export function hintFor({ outcome, names }: Cause): string {
  if (outcome === 'waiting') return 'write to the customers again, or send new links: npx evergrant consent NAME';
  if (outcome === 'consent_needed') return 'make a link for each and send it: npx evergrant consent NAME';
  if (outcome === 'busy') return 'nothing is lost; the next run tries again';
  return names.length > mostNames
    ? 'see which, and what mends each: npx evergrant status --problems, and npx evergrant doctor NAME'
    : `see what mends each: npx evergrant doctor ${names.join(' ')}`;
}

function wordsFor({ outcome, code }: Cause): Words {
  if (outcome === 'temporary_failure' && code === 'not_answering') {
    return { now: 'Xero does not answer', then: 'Xero did not answer' };
  }
  const { now, then } = wordsOfOutcomes[outcome] ?? { now: outcome, then: outcome };
  const reason = outcome === code ? '' : ` (${code})`;
  return { now: `${now}${reason}`, then: `${then}${reason}` };
}

const wordsOfOutcomes: Readonly<Record<string, Words>> = {
  temporary_failure: { now: 'the refresh fails for now', then: 'the refresh failed' },
  busy: { now: 'another process holds it', then: 'another process held it' },
  consent_needed: { now: 'somebody at Xero has to consent again', then: 'a consent was needed' },
  refused: { now: "Xero refuses the app's settings", then: "Xero refused the app's settings" },
  invalid: { now: 'it or a setting makes no sense', then: 'it or a setting made no sense' },
  not_saved: { now: 'new tokens could not be saved', then: 'new tokens could not be saved' },
  warning: { now: 'Xero gives no new refresh token', then: 'Xero gave no new refresh token' },
  waiting: { now: 'a link was sent and nobody has opened it', then: 'nobody had opened the link' },
};

function named(names: readonly string[]): string {
  return names.length > mostNames ? '' : `: ${names.join(', ')}`;
}
