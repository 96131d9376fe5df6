import { valueOf, type Environment } from '../environment/environment';
import { consentNeeded, handedOver, rotatedAt, type Grant } from '../environment/grant';
import { unusableRow } from '../environment/row-faults';
import { dayMs } from '../text/duration';
import { accessTokenLifetimeMs } from '../xero';

/** When a grant is due: when less than `ms` of validity is left, or when its last rotation was a day ago. */
export type Profile = { readonly kind: 'min_validity'; readonly ms: number } | { readonly kind: 'keep_alive' };

export interface RefreshOptions {
  readonly profile: Profile;
  readonly isForced: boolean;
  /** Whether each environment becomes due a little early, by a time of its own; see {@link earlyMs}. */
  readonly isSpread?: boolean | undefined;
  /** How long one run keeps retrying when the server does not answer. */
  readonly patienceMs: number;
  /** How long to wait for another process to release the environment. */
  readonly waitMs: number;
}

/** Whether a refresh would send a request. `--dry-run` reports this. */
export function isDue(
  grant: Grant,
  { profile, isForced, isSpread = false }: Pick<RefreshOptions, 'profile' | 'isForced' | 'isSpread'>,
  now: Date,
): boolean {
  if (grant.handedOverAt !== null) return false;
  if (isForced || grant.knownDead || grant.state === 'never_connected' || grant.refreshStartedAt !== null) return true;
  const soonMs = now.getTime() + (isSpread ? earlyMs(grant, profile) : 0);
  if (profile.kind === 'min_validity') {
    return !grant.hasAccessToken || (grant.accessTokenExpiresAt?.getTime() ?? 0) - soonMs < profile.ms;
  }
  if (!grant.rotates) return false;
  return soonMs - (rotatedAt(grant)?.getTime() ?? 0) >= dayMs;
}

/** Whether a run would ask nobody, because Xero wants to be left alone for longer than its patience lasts. */
export function isPostponed(
  until: Date | null,
  { refreshStartedAt }: Pick<Grant, 'refreshStartedAt'>,
  patienceMs: number,
  now: Date,
): until is Date {
  const leftMs = (until?.getTime() ?? 0) - now.getTime();
  return refreshStartedAt === null && leftMs > patienceMs && leftMs <= dayMs;
}

/**
 * How much earlier than it must be an environment of a fleet becomes due. All that are refreshed in one run would be due
 * in one run again for ever; so each comes up to half of its time early (up to two hours of a day), by a share that each
 * token set has of its own. Nothing ever comes later than it must.
 */
function earlyMs({ share }: Grant, profile: Profile): number {
  return mostEarlyMs(profile) * share;
}

/** How much earlier than it must be an environment of a fleet becomes due, at the most. */
export function mostEarlyMs(profile: Profile): number {
  return profile.kind === 'keep_alive' ? dayMs / 12 : Math.max(0, accessTokenLifetimeMs - profile.ms) / 2;
}

/**
 * Refuses an environment whose file already shows that it cannot be refreshed. @throws Failure `invalid` or
 * `consent_needed`
 */
export function refuseWithoutGrant(environment: Environment, grant: Grant): void {
  const { name } = environment;
  const unusable = unusableRow(environment, name);
  if (unusable !== undefined) throw unusable;
  if (grant.handedOverAt !== null) throw handedOver(name, grant);
  if (grant.knownDead) throw consentNeeded(name, 'Xero has ended this connection');
  const livesOnToken = ['web', 'pkce'].includes(valueOf(environment, 'app_type'));
  if (livesOnToken && !grant.hasRefreshToken) throw consentNeeded(name, 'it has no refresh token', 'never_connected');
}
