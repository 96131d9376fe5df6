import { shownOf, valueOf, type Environment } from '../environment/environment';
import { grantOf, type Grant, type GrantState } from '../environment/grant';
import { unusableRow } from '../environment/row-faults';
import type { CutOff, Unconfirmed } from '../environment/store';
import { heldName } from '../environment/tenant';
import type { LastAttempt } from '../history/attempt';
import { dayMs, minuteMs } from '../text/duration';
import { gracePeriodMs } from '../xero';
import { standingOf, wordsByUrgency, type Standing, type StandingWord } from './standing';

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
  /** When a refresh began that goes on, or was cut off, and on which of the machines that share the store. */
  readonly refreshStartedAt: Date | null;
  readonly refreshStartedOn: string | null;
  /** New tokens on this machine that the store, which is elsewhere, has not confirmed. */
  readonly unconfirmed: Unconfirmed | null;
  readonly lastAttempt: LastAttempt | null;
  /** What it is called where its state alone would mislead, and since when. */
  readonly standing: Standing | null;
  /** That another organisation took the place of the one held, for some days. */
  readonly replaced: string | null;
  readonly error: { readonly code: string; readonly message: string; readonly hint: string } | null;
}

/** The status of an environment's connection, from its file. */
export function statusRow(
  environment: Environment,
  lastAttempt: LastAttempt | null,
  now: Date,
  {
    isLocked = false,
    unconfirmed,
    cutOff,
  }: {
    readonly isLocked?: boolean;
    readonly unconfirmed?: Unconfirmed | undefined;
    readonly cutOff?: CutOff | undefined;
  } = {},
): StatusRow {
  const grant = grantOf(environment, now);
  const appType = valueOf(environment, 'app_type');
  const unusable = unusableRow(environment, environment.name);
  const fault = unusable ?? cutOff?.failure;
  return {
    environment: environment.name,
    appType: shownOf(environment, 'app_type') || null,
    state: unusable === undefined ? grant.state : 'invalid',
    tenantName: heldName(environment) || null,
    generation: grant.generation,
    accessTokenExpiresAt: grant.accessTokenExpiresAt,
    refreshTokenExpiresAt: grant.refreshTokenExpiresAt,
    consentNeededBy: appType === 'custom_connection' ? null : consentNeededBy(grant),
    refreshStartedAt: grant.refreshStartedAt,
    refreshStartedOn: grant.refreshStartedAt && grant.refreshStartedOn,
    unconfirmed: unconfirmed ?? null,
    lastAttempt,
    standing:
      (unusable === undefined && standingOf(environment, grant, lastAttempt, { isLocked, cutOff, now })) || null,
    replaced: replacedOf(lastAttempt, now),
    error: fault === undefined ? null : { code: fault.code, message: fault.message, hint: fault.hint },
  };
}

/** A move to another organisation is shown for some days, so that a person sees it. */
function replacedOf(lastAttempt: LastAttempt | null, now: Date): string | null {
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
  const unknown = {
    appType: null,
    tenantName: null,
    generation: null,
    consentNeededBy: null,
    unconfirmed: null,
  };
  const dates = { accessTokenExpiresAt: null, refreshTokenExpiresAt: null };
  const started = { refreshStartedAt: null, refreshStartedOn: null };
  const words = { standing: null, replaced: null };
  return {
    environment,
    state: 'invalid',
    ...unknown,
    ...dates,
    ...started,
    ...words,
    lastAttempt,
    error: { code, message, hint },
  };
}

/** The word for a row: its detail where it has one, else its state. */
export function wordOf({ standing, state }: Pick<StatusRow, 'standing' | 'state'>): StandingWord {
  return standing?.detail ?? state;
}

/** Sorts by urgency: by what it is called, then by how soon the connection is lost, then by name. */
export function byUrgency<Row extends StatusRow>(rows: readonly Row[]): Row[] {
  return rows.toSorted(
    (a, b) =>
      wordsByUrgency.indexOf(wordOf(a)) - wordsByUrgency.indexOf(wordOf(b)) ||
      Math.sign(endOf(a) - endOf(b)) ||
      (a.environment < b.environment ? -1 : Number(a.environment > b.environment)),
  );
}

/** How many of these there are of each kind; 0 for a kind that none is of. */
export function countsOf<Kind extends string>(
  kinds: readonly Kind[],
  of: (row: StatusRow) => Kind | undefined,
  rows: readonly StatusRow[],
): ReadonlyMap<Kind, number> {
  const counts = new Map(kinds.map((kind) => [kind, 0]));
  for (const row of rows) {
    const kind = of(row);
    if (kind !== undefined) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
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
