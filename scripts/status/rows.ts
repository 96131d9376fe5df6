import { shownOf, valueOf, type Environment } from '../environment/environment';
import { grantOf, type Grant, type GrantState } from '../environment/grant';
import { unusableRow } from '../environment/row-faults';
import { heldName } from '../environment/tenant';
import type { LastAttempt } from '../history/attempt';
import { dayMs, minuteMs } from '../text/duration';
import { gracePeriodMs } from '../xero';

/** One environment's status: only what is shown, no secret. */
export interface StatusRow {
  readonly environment: string;
  readonly appType: string | null;
  readonly state: GrantState;
  readonly tenantName: string | null;
  readonly generation: number | null;
  readonly accessTokenExpiresAt: Date | null;
  readonly refreshTokenExpiresAt: Date | null;
  /** A refresh keeps the connection until then; null when it has ended, was never made, or never ends. */
  readonly consentNeededBy: Date | null;
  readonly lastAttempt: LastAttempt | null;
  /** What else a person should know about it. */
  readonly detail: string | null;
  readonly error: { readonly code: string; readonly message: string; readonly hint: string } | null;
}

/** The status of an environment's connection, from its file. */
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

/** A move to another organisation is shown for some days, so that a person sees it. */
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

/** The states, most urgent first: lost, unknown, lost within half an hour, and the rest. */
export const statesByUrgency = [
  'consent_needed',
  'invalid',
  'interrupted',
  'connected',
  'never_connected',
] as const satisfies readonly GrantState[];

/** Sorts by urgency: by state, then by how soon the connection is lost, then by name. */
export function byUrgency<Row extends StatusRow>(rows: readonly Row[]): Row[] {
  return rows.toSorted(
    (a, b) =>
      statesByUrgency.indexOf(a.state) - statesByUrgency.indexOf(b.state) ||
      Math.sign(endOf(a) - endOf(b)) ||
      (a.environment < b.environment ? -1 : Number(a.environment > b.environment)),
  );
}

/** How many environments are in each state; 0 for states that none is in. */
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

/** An interrupted refresh must be finished within the grace period; any other before the refresh token expires. */
function consentNeededBy({ state, refreshStartedAt, refreshTokenExpiresAt }: Grant): Date | null {
  if (state === 'connected') return refreshTokenExpiresAt;
  if (state !== 'interrupted' || refreshStartedAt === null) return null;
  const graceEnds = refreshStartedAt.getTime() + gracePeriodMs;
  return new Date(Math.min(graceEnds, refreshTokenExpiresAt?.getTime() ?? graceEnds));
}

/** The end in whole minutes; one that never ends comes last. */
function endOf({ consentNeededBy: by }: StatusRow): number {
  return by === null ? Number.MAX_SAFE_INTEGER : Math.floor(by.getTime() / minuteMs);
}
