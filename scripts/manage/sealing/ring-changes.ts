import { storeOf, type Context } from '../../context';
import type { StoredKeyRing } from '../../environment/store';
import { invalid, type Failure } from '../../errors';
import { rewrapped, unwrap, withNewKeys, type DataKeys, type KeyRing } from '../../sealing/key-ring';
import type { Sealing } from '../../sealing/sealing';
import { keyClasses, type WrappingKeys } from '../../sealing/wrapping-keys';
import { escrowed } from './escrow';

/** How long another process may change the key ring: that takes milliseconds. */
export const ringWaitMs = 10_000;

/** The store's ring and what seals by it. @throws Failure `invalid` where there is none */
export async function ringOf(context: Context): Promise<{ readonly stored: StoredKeyRing; readonly sealing: Sealing }> {
  const stored = storeOf(context).keyRing();
  const sealing = await stored.sealing();
  if (sealing === undefined) throw noRing(stored.where);
  return { stored, sealing };
}

function noRing(where: string): Failure {
  const hint = 'make a key first: npx evergrant key init --to FILE';
  return invalid('no_key_ring', `nothing is sealed here: ${where} is not there`, hint);
}

/** What is left of a ring after another process has changed it. */
export function there(ring: KeyRing | undefined, where: string): KeyRing {
  if (ring === undefined) throw noRing(where);
  return ring;
}

/**
 * The data keys of a ring, opened; those whose key was lost are left out. @throws Failure `wrong_key` where these wrapping
 * keys do not open the newest
 */
export function openedKeys(ring: KeyRing, wrapping: WrappingKeys, where: string): ReadonlyMap<string, DataKeys> {
  const opened = ring.keys.flatMap((key) => {
    const [access, refresh] = keyClasses.map((kind) => unwrap(ring, key, kind, wrapping));
    return access === undefined || refresh === undefined ? [] : [[key.id, { access, refresh }] as const];
  });
  const newest = ring.keys[0]?.id ?? '';
  if (opened[0]?.[0] === newest) return new Map(opened);
  const hint = 'see which one it needs: npx evergrant key status';
  throw invalid('wrong_key', `the key in ${where} does not open the data key ${newest}`, hint);
}

/**
 * The ring with new data keys, which are sealed with from now on. Where there are new wrapping keys, both those and the ones
 * before open all data keys, so that no machine has to stop. @throws Failure `invalid` where `now` does not open them
 */
export async function rotated(
  ring: KeyRing,
  keys: {
    readonly now: Required<WrappingKeys>;
    readonly next: Required<WrappingKeys> | undefined;
    readonly where: string;
  },
  at: Date,
): Promise<KeyRing> {
  const opened = openedKeys(ring, keys.now, keys.where);
  const { ring: first, data, keyId } = withNewKeys(ring, keys.now, at);
  const all = new Map([...opened, [keyId, data]]);
  const next = keys.next === undefined ? first : rewrapped(first, all, keys.next, 'kept');
  return inEscrow(next, all);
}

/** The ring with all data keys in escrow for its recipients, and for nobody else. */
async function inEscrow(ring: KeyRing, opened: ReadonlyMap<string, DataKeys>): Promise<KeyRing> {
  if (ring.recipients.length === 0) return ring;
  const keys = ring.keys.map(async (key) => {
    const data = opened.get(key.id);
    return data === undefined ? key : { ...key, escrow: await escrowed(data, ring.recipients) };
  });
  return { ...ring, keys: await Promise.all(keys) };
}

/** The failure of a change that another process has overtaken; nothing was changed. */
export function changedMeanwhile(where: string): Failure {
  return invalid('contended', `${where} was changed by another process meanwhile`, 'run the same command again');
}
