import { createHmac, randomBytes } from 'node:crypto';
import { environmentNamed, storeOf, type Context } from '../context';
import type { ClaimIndex, StoredEnvironment } from '../environment/store';
import { invalid, type Failure } from '../errors';
import type { ConnectOptions } from './connect';

/** The environment that a callback is for, and the options for connecting it. */
export interface CallbackTarget {
  readonly stored: StoredEnvironment;
  readonly options: ConnectOptions;
  /** Why the callback is refused in any case. `stored` is still read, so that every refusal takes the same time. */
  readonly refusal?: Failure | undefined;
}

/**
 * Finds the environment of a folder that a state is for. If no environment has the name, the target is `standIn`, or
 * else some environment of the folder, with a refusal: the duration of an answer must not show who is a customer here.
 * @throws Failure `invalid` when the folder is empty and there is no `standIn`
 */
export function callbackTargets(
  index: ClaimIndex,
  options: ConnectOptions,
  context: Context,
  standIn?: StoredEnvironment,
): (state: string) => Promise<CallbackTarget> {
  const key = randomBytes(32);
  return async (state) => {
    const any = await index.pick(createHmac('sha256', key).update(state).digest().readUIntBE(0, 6));
    const [name, other] = await index.claimants(state);
    if (name === undefined)
      return { stored: storedFor(any, context, standIn), options, refusal: unknownState(context) };
    const refusal = other === undefined ? undefined : claimedTwice(name, other, context);
    return { stored: environmentNamed(context, name), options, refusal };
  };
}

function storedFor(
  any: string | undefined,
  context: Context,
  standIn: StoredEnvironment | undefined,
): StoredEnvironment {
  if (standIn !== undefined) return standIn;
  if (any === undefined) throw unknownState(context);
  return environmentNamed(context, any);
}

function unknownState(context: Context): Failure {
  return invalid(
    'unknown_state',
    `the callback URL's state names no environment in ${storeOf(context).where}`,
    'say where the environments are: --environments DIR, or --store URL',
  );
}

function claimedTwice(one: string, other: string, context: Context): Failure {
  return invalid(
    'claimed_twice',
    `${one} and ${other} both claim this consent link, by their names or the names inside them`,
    `make the name inside each one in ${storeOf(context).where} its own`,
  );
}
