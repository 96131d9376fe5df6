import { storeOf, type Context } from '../../context';
import type { EnvironmentStore } from '../../environment/store';
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

/** Lets an environment be sealed, or not, as before under its new name, while `rename` runs. */
export async function underNewName(
  store: EnvironmentStore,
  from: string,
  to: string,
  rename: () => Promise<void>,
): Promise<void> {
  const except = (await store.keyRing().sealing())?.ring.except ?? [];
  if (!except.includes(from)) return await rename();
  await changeExcept(store, (names) => [...new Set([...names, to])].toSorted());
  try {
    await rename();
  } catch (error) {
    if (!except.includes(to)) await changeExcept(store, (names) => names.filter((name) => name !== to));
    throw error;
  }
  await changeExcept(store, (names) => names.filter((name) => name !== from));
}

/** Forgets an environment that was removed: one that is given its name later is another. */
export async function forgetPolicy(store: EnvironmentStore, name: string): Promise<void> {
  if ((await store.keyRing().sealing())?.ring.except.includes(name) !== true) return;
  await changeExcept(store, (names) => names.filter((one) => one !== name));
}

async function changeExcept(
  store: EnvironmentStore,
  next: (names: readonly string[]) => readonly string[],
): Promise<void> {
  const stored = store.keyRing();
  await stored.change((ring) => {
    const now = there(ring, stored.where);
    return { ...now, except: next(now.except) };
  }, ringWaitMs);
}
