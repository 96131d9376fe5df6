import { refreshEffects, type Context } from '../context';
import { valueOf, type Environment } from '../environment/environment';
import { grantOf } from '../environment/grant';
import { recordChange } from '../environment/record-change';
import type { LockedEnvironment, StoredEnvironment } from '../environment/store';
import { Failure } from '../errors';
import type { RefreshOptions } from '../refresh/due';
import { refreshGrant } from '../refresh/transaction';
import { minuteMs } from '../text/duration';
import { judgePending, type Judged } from './judge';
import { peekState } from './state';

/**
 * Judges the tokens of a consent that was cut off before Xero had said which organisation they are for. If Xero still
 * doesn't say, nothing is reported and the next run asks again.
 * @throws Failure as {@link judgePending}, except `temporary_failure`
 */
export async function settlePending(
  stored: StoredEnvironment,
  locked: LockedEnvironment,
  options: { readonly expected: string; readonly mayReplace: boolean; readonly outcome?: 'connected' | 'restored' },
  context: Context,
): Promise<Judged | undefined> {
  const pending = await locked.aside.pending();
  if (pending === undefined) return undefined;
  const before = await locked.read();
  try {
    await renew(locked, pending, context);
    const mayReplace = peekState(valueOf(pending, 'consent_state'))?.mayReplace === true;
    const judged = await judgePending(stored, locked, { ...options, link: { isUsedUp: false, mayReplace } }, context);
    await recordChange(stored, options.outcome ?? 'connected', { before, after: judged.environment }, context);
    return judged;
  } catch (error) {
    if (error instanceof Failure && error.kind === 'temporary_failure') return undefined;
    throw error;
  }
}

/** Refreshes pending tokens in their own place: an access token is valid for 30 minutes only. */
async function renew(locked: LockedEnvironment, pending: Environment, context: Context): Promise<void> {
  const endsAt = grantOf(pending, context.now()).accessTokenExpiresAt?.getTime() ?? 0;
  if (endsAt - context.now().getTime() > minuteMs) return;
  const profile = { kind: 'min_validity', ms: minuteMs } as const;
  const options: RefreshOptions = { profile, isForced: false, patienceMs: 0, waitMs: 30_000 };
  await refreshGrant(locked.aside.stored(), options, refreshEffects(context, options.patienceMs));
}
