import { ringIn, textOfRing } from '../../../sealing/key-ring';
import type { SealingOf } from '../../environment';
import type { StoredKeyRing } from '../../store';
import { changeShared } from '../shared/shared-file';
import { ringFile } from './sealing-in';

/** The key ring of a folder, in a file of this user's own, which is replaced whole under a lock. */
export function keyRingIn(folder: string, sealing: SealingOf): StoredKeyRing {
  const file = ringFile(folder);
  return {
    where: file,
    comesBackMs: 0,
    sealing: async () => sealing(),
    change: (change, waitMs) =>
      changeShared(
        file,
        'the key ring',
        (text) => textOfRing(change(text === undefined ? undefined : ringIn(text, file))),
        waitMs,
      ),
  };
}
