import { valueOf, type Environment } from '../environment/environment';
import { consentNeeded, handedOver, rotatedAt, type Grant } from '../environment/grant';
import { unusableRow } from '../environment/row-faults';
import { dayMs } from '../text/duration';

/** When a grant is due: when less than `ms` of validity is left, or when its last rotation was a day ago. */
export type Profile = { readonly kind: 'min_validity'; readonly ms: number } | { readonly kind: 'keep_alive' };

export interface RefreshOptions {
  readonly profile: Profile;
  readonly isForced: boolean;
  /** How long one run keeps retrying when the server does not answer. */
  readonly patienceMs: number;
  /** How long to wait for another process to release the environment. */
  readonly waitMs: number;
}

/** Whether a refresh would send a request. `--dry-run` reports this. */
export function isDue(grant: Grant, options: Pick<RefreshOptions, 'profile' | 'isForced'>, now: Date): boolean {
  if (grant.handedOverAt !== null) return false;
  if (options.isForced || grant.knownDead || grant.state === 'never_connected' || grant.refreshStartedAt !== null)
    return true;
  if (options.profile.kind === 'min_validity') {
    return (
      grant.accessToken === '' || (grant.accessTokenExpiresAt?.getTime() ?? 0) - now.getTime() < options.profile.ms
    );
  }
  if (!grant.rotates) return false;
  return now.getTime() - (rotatedAt(grant)?.getTime() ?? 0) >= dayMs;
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
  if (livesOnToken && grant.refreshToken === '')
    throw consentNeeded(name, 'it has no refresh token', 'never_connected');
}
