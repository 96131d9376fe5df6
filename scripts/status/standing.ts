import { isLinkGood, linkLifetimeMs, peekState } from '../consent/state';
import { has, valueOf, type Environment } from '../environment/environment';
import { grantStates, rotatedAt, type Grant, type GrantState } from '../environment/grant';
import type { CutOff } from '../environment/store';
import type { Attempt, LastAttempt } from '../history/attempt';

/** What people call a connection, where its state alone would mislead them; `detail` of `status --json`. */
export const statusDetails = ['waiting', 'refreshing', 'failing', 'import_cut_off', 'removed', 'moved'] as const;
type StatusDetail = (typeof statusDetails)[number];

/** A detail, and since when it is so. */
export interface Standing {
  readonly detail: StatusDetail;
  readonly since: Date;
  /** Until when the link of a `waiting` environment is good. */
  readonly until?: Date | undefined;
}

/** A consent link that was made and not used yet, and that is still good. */
export interface OpenLink {
  readonly madeAt: Date;
  readonly goodUntil: Date;
}

/**
 * The detail of an environment; undefined where its state says all:
 * - `moved`: handed to another machine or to Postman; nothing is spent here, nothing is due;
 * - `removed`: Xero lists its organisation no more, or `revoke` has ended the consent;
 * - `waiting`: never connected, and somebody has a link that is still good;
 * - `refreshing`: a process is asking Xero at this moment;
 * - `import_cut_off`: its import into a database was cut off, and nobody refreshes it;
 * - `failing`: the last attempt failed, and nobody has refreshed it since.
 */
export function standingOf(
  environment: Environment,
  grant: Grant,
  lastAttempt: LastAttempt | null,
  { isLocked, cutOff, now }: { readonly isLocked: boolean; readonly cutOff?: CutOff | undefined; readonly now: Date },
): Standing | undefined {
  const { state, handedOverAt, refreshStartedAt } = grant;
  if (cutOff !== undefined) return { detail: 'import_cut_off', since: cutOff.since };
  if (handedOverAt !== null) return { detail: 'moved', since: handedOverAt };
  const removed = removedAt(environment, grant, lastAttempt);
  if (removed !== undefined) return { detail: 'removed', since: removed };
  if (state === 'never_connected') return waiting(environment, now);
  if (state === 'interrupted' && isLocked) return { detail: 'refreshing', since: refreshStartedAt ?? now };
  return failing(grant, lastAttempt);
}

/** The link that an environment waits for; undefined when there is none, or its time is over. */
export function openLink(environment: Environment, now: Date): OpenLink | undefined {
  const state = valueOf(environment, 'consent_state');
  const requestedAt = new Date(valueOf(environment, 'consent_requested_at'));
  if (state === '' || (valueOf(environment, 'app_type') === 'pkce' && !has(environment, 'code_verifier')))
    return undefined;
  const link = peekState(state) ?? {
    madeAt: requestedAt,
    goodUntil: new Date(requestedAt.getTime() + linkLifetimeMs),
  };
  const isUsedUp = link.madeAt.getTime() <= Date.parse(valueOf(environment, 'connected_at'));
  return isLinkGood(link, now) && !isUsedUp ? { madeAt: link.madeAt, goodUntil: link.goodUntil } : undefined;
}

function waiting(environment: Environment, now: Date): Standing | undefined {
  const link = openLink(environment, now);
  return link && { detail: 'waiting', since: link.madeAt, until: link.goodUntil };
}

/** A consent after it makes `removed_at` a thing of the past. */
function removedAt(environment: Environment, { state }: Grant, lastAttempt: LastAttempt | null): Date | undefined {
  if (state === 'consent_needed' && lastAttempt?.outcome === 'disconnected') return lastAttempt.at;
  const at = Date.parse(valueOf(environment, 'removed_at'));
  return Number.isNaN(at) || at <= Date.parse(valueOf(environment, 'connected_at')) ? undefined : new Date(at);
}

const failures: ReadonlySet<Attempt['outcome']> = new Set(['temporary_failure', 'refused', 'not_saved', 'invalid']);

/** Somebody else may have refreshed it since: then the failure is over. */
function failing(grant: Grant, lastAttempt: LastAttempt | null): Standing | undefined {
  if (lastAttempt === null || !failures.has(lastAttempt.outcome) || grant.state === 'consent_needed') return undefined;
  const isOver = grant.refreshStartedAt === null && (rotatedAt(grant)?.getTime() ?? 0) > lastAttempt.at.getTime();
  return isOver ? undefined : { detail: 'failing', since: lastAttempt.since };
}

/** The word that is shown: the detail where there is one, else the state. */
export type StandingWord = GrantState | StatusDetail;

/** The words, most urgent first: lost, unknown, lost within half an hour, perhaps lost later, and the rest. */
export const wordsByUrgency = [
  'consent_needed',
  'removed',
  'invalid',
  'interrupted',
  'import_cut_off',
  'failing',
  'refreshing',
  'connected',
  'waiting',
  'never_connected',
  'moved',
] as const satisfies readonly StandingWord[];

/** The states alone, in the same order. */
export const statesByUrgency: readonly GrantState[] = wordsByUrgency.filter((word): word is GrantState & StandingWord =>
  (grantStates as readonly string[]).includes(word),
);
