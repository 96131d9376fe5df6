import type { GrantState } from '../environment/grant';
import type { Column } from '../text/columns';
import { formatNumber } from '../text/count';
import { dayMs, formatDuration } from '../text/duration';
import { countsOf, statesByUrgency, type StatusRow } from './rows';

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
  const { environment, state, tenantName, lastAttempt } = row;
  return [
    withoutControls(environment),
    formatState(state),
    withoutControls(tenantName ?? '-'),
    formatLeft(row.accessTokenExpiresAt, now),
    formatConsentNeededBy(row, now),
    lastAttempt === null ? '' : `${formatState(lastAttempt.outcome)} ${formatAgo(lastAttempt.at, now)}`,
  ];
}

/** The count of each state, most urgent first: `2 consent needed, 9,998 connected`. */
export function formatCounts(rows: readonly StatusRow[]): string {
  const counts = countsOf(rows);
  const present = statesByUrgency.filter((state) => counts[state] > 0);
  return present.map((state) => `${formatNumber(counts[state])} ${formatState(state)}`).join(', ');
}

/** A state or an outcome in words. */
export function formatState(word: GrantState | NonNullable<StatusRow['lastAttempt']>['outcome']): string {
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

function formatConsentNeededBy({ state, appType, consentNeededBy: by }: StatusRow, now: Date): string {
  if (state === 'consent_needed') return 'now';
  if (state === 'never_connected') return appType === 'custom_connection' ? '-' : 'now';
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
