import type { Unconfirmed } from '../environment/store';
import type { Column } from '../text/columns';
import { formatNumber } from '../text/count';
import { dayMs, formatDuration } from '../text/duration';
import { formatSince } from '../text/since';
import { countsOf, wordOf, type StatusRow } from './rows';
import { wordsByUrgency, type StandingWord } from './standing';

/** The columns of the status, and the order in which they are left out when there is little space. */
export const statusColumns = [
  { title: 'ENVIRONMENT', narrowest: 12, givesWay: 4 },
  { title: 'STATE', narrowest: 15, givesWay: 6 },
  { title: 'ORGANISATION', narrowest: 8, givesWay: 1 },
  { title: 'ACCESS TOKEN', narrowest: 7, givesWay: 3 },
  { title: 'CONSENT NEEDED BY', narrowest: 11, givesWay: 5 },
  { title: 'LAST OUTCOME', narrowest: 10, givesWay: 2 },
] as const satisfies readonly Column[];

/** A row as one text for each column; a text begins with its most important word. */
export function statusCells(row: StatusRow, now: Date): string[] {
  const { environment, tenantName, lastAttempt } = row;
  return [
    withoutControls(environment),
    formatStanding(row, now),
    withoutControls(tenantName ?? '-'),
    formatLeft(row.accessTokenExpiresAt, now),
    formatConsentNeededBy(row, now),
    lastAttempt === null ? '' : `${formatState(lastAttempt.outcome)} ${formatAgo(lastAttempt.at, now)}`,
  ];
}

/** The count of each word, most urgent first: `2 consent needed, 9,998 connected`. */
export function formatCounts(counts: ReadonlyMap<StandingWord, number>): string {
  const some = [...counts].filter(([, count]) => count > 0);
  return some.map(([word, count]) => `${formatNumber(count)} ${formatState(word)}`).join(', ');
}

/** How many rows there are of each word, most urgent first. */
export function wordCounts(rows: readonly StatusRow[]): ReadonlyMap<StandingWord, number> {
  return countsOf(wordsByUrgency, wordOf, rows);
}

/** A file, and since when it has what the store has not confirmed. */
export function formatUnconfirmed({ file, since }: Unconfirmed): string {
  return `${file} since ${since.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** What a row is called: its state, `failing since 10:20`, or `interrupted on web2 since 10:20`. */
function formatStanding(row: StatusRow, now: Date): string {
  const word = wordOf(row);
  const { standing, refreshStartedAt: startedAt, refreshStartedOn: host } = row;
  if (word === 'failing' && standing !== null) return `${word} since ${formatSince(standing.since, now)}`;
  if ((word === 'refreshing' || word === 'interrupted') && startedAt !== null && host !== null) {
    return `${word} on ${withoutControls(host)} since ${formatSince(startedAt, now)}`;
  }
  return formatState(word);
}

/** A state or an outcome in words. */
export function formatState(word: StandingWord | NonNullable<StatusRow['lastAttempt']>['outcome']): string {
  return word.replaceAll('_', ' ');
}

/** A text from outside on one line, with characters removed that move a terminal's cursor or reverse its text. */
export function withoutControls(text: string): string {
  return text.toWellFormed().replaceAll(/[\p{Cc}\u2028\u2029\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu, '\uFFFD');
}

function formatLeft(expiresAt: Date | null, now: Date): string {
  if (expiresAt === null) return '-';
  const leftMs = expiresAt.getTime() - now.getTime();
  return leftMs > 0 ? formatSpan(leftMs) : 'expired';
}

function formatConsentNeededBy(row: StatusRow, now: Date): string {
  const { state, appType, standing } = row;
  if (standing?.detail === 'moved') return '-';
  if (standing?.detail === 'removed') return 'now';
  const by = standing?.until ?? row.consentNeededBy;
  if (standing?.detail === 'waiting') return formatBy(by, now);
  if (state === 'consent_needed') return 'now';
  if (state === 'never_connected') return appType === 'custom_connection' ? '-' : 'now';
  return formatBy(by, now);
}

function formatBy(by: Date | null, now: Date): string {
  if (by === null) return '-';
  const leftMs = by.getTime() - now.getTime();
  return leftMs > 0 ? `${by.toISOString().slice(0, 10)}, in ${formatSpan(leftMs)}` : 'perhaps now';
}

/** A time in the future counts as now: another machine's clock may be ahead. */
function formatAgo(at: Date, now: Date): string {
  return `${formatSpan(Math.max(0, now.getTime() - at.getTime()))} ago`;
}

/** A time span; hours are left out from two days on. */
function formatSpan(spanMs: number): string {
  return spanMs < 2 * dayMs ? formatDuration(spanMs) : `${Math.floor(spanMs / dayMs)} d`;
}
