import type { Context } from '../context';
import { valueOf } from '../environment/environment';
import { grantOf, tokenFingerprint } from '../environment/grant';
import type { StoredEnvironment } from '../environment/store';
import { Failure } from '../errors';
import type { Attempt } from '../history/attempt';
import type { RefreshOptions } from '../refresh/due';
import type { Ended, RefreshEffects, Refreshed } from '../refresh/effects';
import { refreshGrant } from '../refresh/transaction';

/**
 * Refreshes a grant if it is due, as {@link refreshGrant} does, and writes down in the log what came of it, while nobody
 * else can refresh: the log's order is that of events. What asks nobody is no attempt: nothing due, or a connection that
 * is known to be over. Tokens of a consent that wait beside the environment are judged first.
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
    record: (ended) => stored.record(attemptOf(stored.name, ended, effects.now())),
  });
  return isSettled && refreshed.outcome === 'not_due' ? { ...refreshed, outcome: 'adopted' } : refreshed;
}

/** Loaded where tokens wait beside an environment, as hardly ever. */
function consent(): typeof import('../consent/judge') & typeof import('../consent/pending') {
  return {
    ...(require('../consent/judge') as typeof import('../consent/judge')),
    ...(require('../consent/pending') as typeof import('../consent/pending')),
  };
}

/** Whether what waited is the environment's now; what can't be stays aside, and stops no refresh. */
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

/** The line of the log for a refresh that asked, or would have. */
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
    // Its message may hold anything.
    return { ...unknown, outcome: 'temporary_failure', error: { code: 'unexpected', message: 'an unexpected error' } };
  }
  const { kind, code, message } = ended.error;
  return { ...unknown, outcome: kind === 'bug' ? 'temporary_failure' : kind, error: { code, message } };
}
