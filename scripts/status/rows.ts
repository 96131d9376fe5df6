import { shownOf, valueOf, type Environment } from '../environment/environment';
import { grantOf, type Grant, type GrantState } from '../environment/grant';
import { unusableRow } from '../environment/row-faults';
import { heldName } from '../environment/tenant';
import type { LastAttempt } from '../history/attempt';
import { dayMs, minuteMs } from '../text/duration';
import { gracePeriodMs } from '../xero';

/** One environment on the board: only what is shown, nothing that is secret. */
export interface StatusRow {
  readonly environment: string;
  readonly appType: string | null;
  readonly state: GrantState;
  readonly tenantName: string | null;
  readonly generation: number | null;
  readonly accessTokenExpiresAt: Date | null;
  readonly refreshTokenExpiresAt: Date | null;
  /** Until when a refresh saves the connection; null when it is too late, too early, or never ends. */
  readonly consentNeededBy: Date | null;
  readonly lastAttempt: LastAttempt | null;
  /** What else a person should know of it. */
  readonly detail: string | null;
  readonly error: { readonly code: string; readonly message: string; readonly hint: string } | null;
}

/** What an environment's file says of its connection. */
export function statusRow(environment: Environment, lastAttempt: LastAttempt | null, now: Date): StatusRow {
  const grant = grantOf(environment, now);
  const appType = valueOf(environment, 'app_type');
  const unusable = unusableRow(environment, environment.name);
  return {
    environment: environment.name,
    appType: shownOf(environment, 'app_type') || null,
    state: unusable === undefined ? grant.state : 'invalid',
    tenantName: heldName(environment) || null,
    generation: grant.generation,
    accessTokenExpiresAt: grant.accessTokenExpiresAt,
    refreshTokenExpiresAt: grant.refreshTokenExpiresAt,
    consentNeededBy: appType === 'custom_connection' ? null : consentNeededBy(grant),
    lastAttempt,
    detail: detailOf(lastAttempt, now),
    error: unusable === undefined ? null : { code: unusable.code, message: unusable.message, hint: unusable.hint },
  };
}

/** An organisation that took another's place is told for as long as somebody may not have seen it. */
function detailOf(lastAttempt: LastAttempt | null, now: Date): string | null {
  const move = lastAttempt?.move ?? null;
  if (move === null || now.getTime() - move.at.getTime() > 14 * dayMs) return null;
  return `connected to ${move.to} in place of ${move.from} since ${move.at.toISOString().slice(0, 10)}`;
}

/** The row of an environment whose file can't be read. */
export function unreadableRow(
  environment: string,
  lastAttempt: LastAttempt | null,
  { code, message, hint }: NonNullable<StatusRow['error']>,
): StatusRow {
  const unknown = { appType: null, tenantName: null, generation: null, consentNeededBy: null, detail: null };
  const dates = { accessTokenExpiresAt: null, refreshTokenExpiresAt: null };
  return { environment, state: 'invalid', ...unknown, ...dates, lastAttempt, error: { code, message, hint } };
}

/** The states, most urgent first: what is lost, what can't be told, what is lost within half an hour, and the rest. */
export const statesByUrgency = [
  'consent_needed',
  'invalid',
  'interrupted',
  'connected',
  'never_connected',
] as const satisfies readonly GrantState[];

/** The most urgent first: by state, then by how soon something is lost, then by name. */
export function byUrgency(rows: readonly StatusRow[]): StatusRow[] {
  return rows.toSorted(
    (a, b) =>
      statesByUrgency.indexOf(a.state) - statesByUrgency.indexOf(b.state) ||
      Math.sign(endOf(a) - endOf(b)) ||
      (a.environment < b.environment ? -1 : Number(a.environment > b.environment)),
  );
}

/** How many environments are in each state, those without any included. */
export function countsOf(rows: readonly StatusRow[]): Readonly<Record<GrantState, number>> {
  const counts: Record<GrantState, number> = {
    consent_needed: 0,
    invalid: 0,
    interrupted: 0,
    connected: 0,
    never_connected: 0,
  };
  for (const { state } of rows) counts[state] += 1;
  return counts;
}

/** An interrupted refresh can be finished within the grace period; any other is in time until the refresh token ends. */
function consentNeededBy({ state, refreshStartedAt, refreshTokenExpiresAt }: Grant): Date | null {
  if (state === 'connected') return refreshTokenExpiresAt;
  if (state !== 'interrupted' || refreshStartedAt === null) return null;
  const graceEnds = refreshStartedAt.getTime() + gracePeriodMs;
  return new Date(Math.min(graceEnds, refreshTokenExpiresAt?.getTime() ?? graceEnds));
}

/** To the minute; what never ends comes last. */
function endOf({ consentNeededBy: by }: StatusRow): number {
  return by === null ? Number.MAX_SAFE_INTEGER : Math.floor(by.getTime() / minuteMs);
}
