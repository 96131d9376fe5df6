import { valueOf, type Environment } from '../environment/environment';
import { generationOf, grantOf, tokenKeys } from '../environment/grant';
import { credentialKeys, requireSettings, settingsOf } from '../environment/settings';
import type { EnvironmentHome, LockedEnvironment } from '../environment/store';
import { youngerOf } from './candidates';
import { isDue, refuseWithoutGrant, type RefreshOptions } from './due';
import { Spending, type RefreshEffects, type Refreshed } from './spending';

/** Is told how a refresh ended while nobody else can refresh yet; nothing due is not told. */
export interface RefreshReport {
  done(refreshed: Refreshed): void;
  failed(error: unknown): void;
}

/**
 * One refresh: the transaction that every access token of an environment comes through.
 *
 * Xero's refresh tokens are single use: each answer replaces the token that asked for it (RFC 6749 §6, RFC 9700 §4.14.2).
 * So the order is: lock; read again; still due?; prove that the answer can be saved, and mark the file; ask; save at once;
 * report; release. What can happen, and what saves the grant:
 * - killed before the request is sent: the mark says "interrupted"; the next run sends the same, unspent token;
 * - killed, cut off or out of power between request and save, or no answer: Xero honours the old token for 30 minutes
 *   more, and the next run sends it again. Past that it is sent once a run, not retried: if it was never spent it still
 *   works, and if it was, the refusal ends the matter;
 * - another process refreshed first: the lock's loser reads the newer generation and uses it;
 * - the disk is full or read-only, or the file can't be replaced: found out before anything is spent; if it happens after
 *   that, the set is in the recovery file, which the next run picks up first;
 * - an older copy of the file was put back: a younger set that is kept here is taken up before anything is asked;
 * - Xero refuses the token: believed only if the file still holds the token that was refused, and no other token that is
 *   kept here can still live.
 * Not guaranteed: two homes (copies of one environment on two machines) do not see each other's lock, and a machine that
 * stays down for over 30 minutes after losing an answer loses the grant.
 *
 * @throws Failure of every kind but `bug`
 */
export async function refreshGrant(
  home: EnvironmentHome,
  options: RefreshOptions,
  effects: RefreshEffects,
  report?: RefreshReport,
): Promise<Refreshed> {
  const before = home.read();
  const hasRecovery = home.hasRecovery();
  if (!hasRecovery) refuseWithoutGrant(before, grantOf(before, effects.now()));
  if (!hasRecovery && !isDue(before, options, effects.now())) return { outcome: 'not_due', environment: before };
  const locked = await home.lock(options.waitMs);
  try {
    const refreshed = await refreshLocked(home, locked, before, options, effects);
    if (refreshed.outcome !== 'not_due') report?.done(refreshed);
    return refreshed;
  } catch (error) {
    report?.failed(error);
    throw error;
  } finally {
    locked.release();
  }
}

async function refreshLocked(
  home: EnvironmentHome,
  locked: LockedEnvironment,
  before: Environment,
  options: RefreshOptions,
  effects: RefreshEffects,
): Promise<Refreshed> {
  const pickedUp = locked.pickUpRecovery() || takeUpYounger(locked);
  const environment = locked.read();
  const grant = grantOf(environment, effects.now());
  const isNewer = pickedUp || grant.generation > generationOf(before);
  if (!isDue(environment, { ...options, isForced: options.isForced && !isNewer }, effects.now())) {
    return { outcome: isNewer ? 'adopted' : 'not_due', environment };
  }
  const settings = settingsOf(environment, effects.outside, home.where);
  refuseWithoutGrant(environment, grant);
  requireSettings(settings, ['token_url', ...credentialKeys(settings.appType)], home.where);
  const spends = settings.appType !== 'custom_connection';
  const startedAt = grant.refreshStartedAt ?? effects.now();
  locked.prepareSave(spends && grant.refreshStartedAt === null ? { refresh_started_at: startedAt.toISOString() } : {});
  return new Spending(locked, settings, grant, startedAt, options.patienceMs, effects).run();
}

/** An older copy of the file was put back over a token set that is kept here. */
function takeUpYounger(locked: LockedEnvironment): boolean {
  const current = locked.read();
  if (valueOf(current, 'app_type') === 'custom_connection') return false;
  const younger = youngerOf(current, locked.keptGenerations(generationOf(current)));
  if (younger === undefined) return false;
  locked.write(Object.fromEntries(tokenKeys.map((key) => [key, valueOf(younger, key)])));
  return true;
}
