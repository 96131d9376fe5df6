import { storeOf, type Context } from '../../context';
import type { KeyRing } from '../../sealing/key-ring';
import { wholeKey } from './key-file';
import { openedKeys, ringOf, ringWaitMs, there } from './ring-changes';

/**
 * Changes which environments are sealed from now on, of which these are named. @throws Failure `invalid`, having changed
 * nothing, where one is not there or this process has not the whole key
 */
export async function changePolicy(
  names: readonly string[],
  next: (ring: KeyRing) => KeyRing,
  context: Context,
): Promise<void> {
  const { stored, sealing } = await ringOf(context);
  for (const name of names) await storeOf(context).environment(name).read(); // says that there is none
  openedKeys(sealing.ring, wholeKey(context), stored.where);
  await stored.change((ring) => next(there(ring, stored.where)), ringWaitMs);
}

/** The ring by which these environments are sealed from now on, or not. */
export function withSealed(ring: KeyRing, names: readonly string[], isSealed: boolean): KeyRing {
  const others = ring.except.filter((name) => !names.includes(name));
  return { ...ring, except: ring.isSealing === isSealed ? others : [...others, ...names].toSorted() };
}
