import type { Context } from '../context';
import { valueOf } from '../environment/environment';
import { grantOf, tokenFingerprint } from '../environment/grant';
import type { StoredEnvironment } from '../environment/store';
import { lacksOrganisation } from '../environment/tenant';
import { Failure } from '../errors';
import type { Attempt } from '../history/attempt';
import type { RefreshOptions } from '../refresh/due';
import type { Ended, RefreshEffects, Refreshed } from '../refresh/effects';
import { refreshGrant } from '../refresh/transaction';

/**
 * Refreshes a grant if it is due, as {@link refreshGrant} does, and logs the result before the lock is released, so
 * that the log has the order of events. When no request is sent, because nothing is due or the connection is known to
 * have ended, nothing is logged. Tokens of a consent that wait beside the environment are judged first.
 */
export async function attemptRefresh(
  stored: StoredEnvironment,
  options: RefreshOptions,
  effects: RefreshEffects,
  context: Context,
): Promise<Refreshed> {
  const isSettled = (await stored.hasPending()) && (await settle(stored, options, context));
  const refreshed = await refreshGrant(stored, options, {
    ...effects,
    rescue: (locked) => consent().rescueByAside(stored, locked, context),
    attemptOf: (ended) => attemptOf(stored.name, ended, effects.now()),
  });
  if (isSettled && refreshed.outcome === 'not_due') return { ...refreshed, outcome: 'adopted' };
  if (refreshed.outcome === 'not_due' || !lacksOrganisation(refreshed.environment)) return refreshed;
  const { learnOrganisation } = require('../consent/organisation') as typeof import('../consent/organisation');
  return { ...refreshed, environment: await learnOrganisation(stored, refreshed.environment, context) };
}

/** Loaded only when tokens wait beside an environment, which is rare. */
function consent(): typeof import('../consent/judge') & typeof import('../consent/pending') {
  return {
    ...(require('../consent/judge') as typeof import('../consent/judge')),
    ...(require('../consent/pending') as typeof import('../consent/pending')),
  };
}

/** Judges pending tokens and returns whether they are the environment's now. Others stay aside and stop no refresh. */
async function settle(stored: StoredEnvironment, { waitMs }: RefreshOptions, context: Context): Promise<boolean> {
  const locked = await stored.lock(waitMs);
  try {
    const expected = valueOf(await locked.read(), 'expected_tenant');
    const judged = await consent().settlePending(stored, locked, { expected, mayReplace: false }, context);
    return judged !== undefined;
  } catch (error) {
    if (error instanceof Failure && error.kind !== 'not_saved') return false;
    throw error;
  } finally {
    await locked.release();
  }
}

/** The log entry for a refresh that sent a request, or failed before it could. */
function attemptOf(environment: string, ended: Ended, now: Date): Attempt {
  const { at, requests: tries, sentToken: before, status, correlationId: correlation } = ended;
  const common = { at, environment, durationMs: now.getTime() - at.getTime(), tries, before, status, correlation };
  if ('refreshed' in ended) {
    const { outcome, environment: held } = ended.refreshed;
    const { generation } = grantOf(held, now);
    return { ...common, outcome, generation, after: tokenFingerprint(held), error: null, moved: null };
  }
  const unknown = { ...common, generation: null, after: null, moved: null };
  if (!(ended.error instanceof Failure)) {
    // Its message is left out: it may contain a secret.
    return { ...unknown, outcome: 'temporary_failure', error: { code: 'unexpected', message: 'an unexpected error' } };
  }
  const { kind, code, message } = ended.error;
  return { ...unknown, outcome: kind === 'bug' ? 'temporary_failure' : kind, error: { code, message } };
}
