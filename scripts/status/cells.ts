import type { GrantState } from '../environment/grant';
import type { Column } from '../text/columns';
import { dayMs, formatDuration } from '../text/duration';
import { countsOf, statesByUrgency, type StatusRow } from './rows';

/** The board's columns, and in which order they give way where there is little room. */
export const boardColumns = [
  { title: 'ENVIRONMENT', narrowest: 12, givesWay: 4 },
  { title: 'STATE', narrowest: 15, givesWay: 6 },
  { title: 'ORGANISATION', narrowest: 8, givesWay: 1 },
  { title: 'ACCESS TOKEN', narrowest: 7, givesWay: 3 },
  { title: 'CONSENT NEEDED BY', narrowest: 11, givesWay: 5 },
  { title: 'LAST OUTCOME', narrowest: 10, givesWay: 2 },
] as const satisfies readonly Column[];

/** A row in words, one for each column; the most telling word of a cell comes first. */
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

/** How many there are of each state, most urgent first: `2 consent needed, 9,998 connected`. */
export function formatCounts(rows: readonly StatusRow[]): string {
  const counts = countsOf(rows);
  const present = statesByUrgency.filter((state) => counts[state] > 0);
  return present.map((state) => `${formatNumber(counts[state])} ${formatState(state)}`).join(', ');
}

/** A state or an outcome as a person would say it. */
export function formatState(word: GrantState | NonNullable<StatusRow['lastAttempt']>['outcome']): string {
  return word.replaceAll('_', ' ');
}

/** `12,345` */
export function formatNumber(count: number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

/** A name from outside on one line, without what would move a terminal's cursor or turn its text round. */
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

/** Another machine's clock may be ahead of this one's. */
function formatAgo(at: Date, now: Date): string {
  return `${formatSpan(Math.max(0, now.getTime() - at.getTime()))} ago`;
}

/** Nobody counts the hours of a span of days. */
function formatSpan(spanMs: number): string {
  return spanMs < 2 * dayMs ? formatDuration(spanMs) : `${Math.floor(spanMs / dayMs)} d`;
}
