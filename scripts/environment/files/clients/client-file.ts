import path from 'node:path';
import { systemCode } from '../../../errors';
import { clientsIn, textOfClients, type Client } from '../../client';
import { writeDurably } from '../../disk/atomic-write';
import type { ClientRegistry } from '../../store';
import { fileVersion } from '../file-version';
import { takeLock } from '../lock';
import { makeFolders } from '../make-folders';
import { prepareKeep, temporaryIn } from '../paths';
import { cannotWrite } from '../save-failures';
import { readTrusted } from '../trust';

/**
 * The clients of a folder of environments, in one file of this user's own in `.evergrant`, which is replaced whole under
 * a lock. A file that others may have written is not believed.
 */
export function clientsInFolder(folder: string): ClientRegistry {
  const keep = path.join(folder, '.evergrant');
  const file = path.join(keep, 'clients.json');
  const read = (): readonly Client[] => {
    const text = readTrusted(file);
    return text === undefined ? [] : clientsIn(text, file);
  };
  return {
    where: file,
    version: () => fileVersion(file),
    list: async () => read(),
    change: async (change, waitMs) => {
      try {
        makeFolders(folder);
        prepareKeep(keep);
        const lock = await takeLock(`${file}.lock`, 'the list of clients', waitMs);
        try {
          writeDurably(file, textOfClients(change(read())), temporaryIn(keep, 'tmp'));
        } finally {
          lock.release();
        }
      } catch (error) {
        throw systemCode(error) === undefined ? error : cannotWrite(file, error);
      }
    },
  };
}
