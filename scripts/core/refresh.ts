import { dayMs } from './duration';
import { valueOf, type Environment } from './environment';
import { consentNeeded, grantOf, rotatedAt, type Grant } from './grant';
import type { EnvironmentHome, LockedEnvironment } from './home';
import { credentialKeys, requireSettings, settingsOf } from './settings';
import { Spending, type RefreshEffects, type Refreshed } from './spending';

/** When a grant is to be refreshed: little validity left, or a day since the last rotation. */
export type Profile = { readonly kind: 'min_validity'; readonly ms: number } | { readonly kind: 'keep_alive' };

export interface RefreshOptions {
  readonly profile: Profile;
  readonly isForced: boolean;
  /** How long one run goes on asking a server that doesn't answer. */
  readonly patienceMs: number;
  /** How long to wait for another process to let go of the environment. */
  readonly waitMs: number;
}

/**
 * One refresh: the transaction that every access token of an environment comes through.
 *
 * Xero's refresh tokens are single use: each answer replaces the token that asked for it (RFC 6749 §6, RFC 9700 §4.14.2).
 * So the order is: lock; read again; still due?; prove that the answer can be saved; mark the file; ask; save at once;
 * release. What can happen, and what saves the grant:
 * - killed before the request is sent: the mark says "interrupted"; the next run sends the same, unspent token;
 * - killed, cut off or out of power between request and save, or no answer: Xero honours the old token for 30 minutes
 *   more, and the next run sends it again. Past that it is sent once a run, not retried: if it was never spent it still
 *   works, and if it was, the refusal ends the matter;
 * - another process refreshed first: the lock's loser reads the newer generation and uses it;
 * - the disk is full or read-only: found out before anything is spent; if it fills up after that, the set is in the
 *   recovery file, which the next run picks up first;
 * - Xero refuses the token: believed only if the file still holds the token that was refused.
 * Not guaranteed: two homes (copies of one environment on two machines) do not see each other's lock, and a machine that
 * stays down for over 30 minutes after losing an answer loses the grant.
 *
 * @throws Failure of every kind but `bug`
 */
export async function refreshGrant(
  home: EnvironmentHome,
  options: RefreshOptions,
  effects: RefreshEffects,
): Promise<Refreshed> {
  const before = home.read();
  const hasRecovery = home.hasRecovery();
  if (!hasRecovery) refuseWithoutGrant(before, grantOf(before, effects.now()));
  if (!hasRecovery && !isDue(before, options, effects.now())) return { outcome: 'not_due', environment: before };
  const locked = await home.lock(options.waitMs);
  try {
    return await refreshLocked(home, locked, before, options, effects);
  } finally {
    locked.release();
  }
}

/** Whether a refresh would ask the server: what `--dry-run` reports. */
export function isDue(
  environment: Environment,
  options: Pick<RefreshOptions, 'profile' | 'isForced'>,
  now: Date,
): boolean {
  const grant = grantOf(environment, now);
  if (options.isForced || grant.knownDead || grant.state === 'never_connected' || grant.refreshStartedAt !== null)
    return true;
  if (options.profile.kind === 'min_validity') {
    return (
      grant.accessToken === '' || (grant.accessTokenExpiresAt?.getTime() ?? 0) - now.getTime() < options.profile.ms
    );
  }
  if (valueOf(environment, 'app_type') === 'custom_connection') return false;
  return now.getTime() - (rotatedAt(grant)?.getTime() ?? 0) >= dayMs;
}

async function refreshLocked(
  home: EnvironmentHome,
  locked: LockedEnvironment,
  before: Environment,
  options: RefreshOptions,
  effects: RefreshEffects,
): Promise<Refreshed> {
  const pickedUp = locked.pickUpRecovery();
  const environment = locked.read();
  const grant = grantOf(environment, effects.now());
  const isNewer = pickedUp || grant.generation > grantOf(before, effects.now()).generation;
  if (!isDue(environment, { ...options, isForced: options.isForced && !isNewer }, effects.now())) {
    return { outcome: isNewer ? 'adopted' : 'not_due', environment };
  }
  const settings = settingsOf(environment, effects.outside, home.where);
  refuseWithoutGrant(environment, grant);
  requireSettings(settings, ['token_url', ...credentialKeys(settings.appType)], home.where);
  locked.prepareSave();
  const spends = settings.appType !== 'custom_connection';
  const startedAt = grant.refreshStartedAt ?? effects.now();
  if (spends && grant.refreshStartedAt === null) locked.write({ refresh_started_at: startedAt.toISOString() });
  return new Spending(locked, settings, grant, startedAt, options.patienceMs, effects).run();
}

/** Refuses what the file alone says cannot be refreshed. @throws Failure `consent_needed` */
export function refuseWithoutGrant(environment: Environment, grant: Grant): void {
  const { name } = environment;
  if (grant.knownDead) throw consentNeeded(name, 'Xero has ended this connection');
  const livesOnToken = ['web', 'pkce'].includes(valueOf(environment, 'app_type'));
  if (livesOnToken && grant.refreshToken === '')
    throw consentNeeded(name, 'it has no refresh token', 'never_connected');
}
