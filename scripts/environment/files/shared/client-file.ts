import path from 'node:path';
import { clientsIn, textOfClients, type Client } from '../../client';
import type { ClientRegistry } from '../../store';
import { fileVersion } from '../file-version';
import { changeShared } from './shared-file';
import { readTrusted } from '../trust';

/**
 * The clients of a folder of environments, in one file of this user's own in `.evergrant`, which is replaced whole under
 * a lock. A file that others may have written is not believed.
 */
export function clientsInFolder(folder: string): ClientRegistry {
  const file = path.join(folder, '.evergrant', 'clients.json');
  const clientsOf = (text: string | undefined): readonly Client[] => (text === undefined ? [] : clientsIn(text, file));
  return {
    where: file,
    version: () => fileVersion(file),
    list: async () => clientsOf(readTrusted(file)),
    change: (change, waitMs) =>
      changeShared(file, 'the list of clients', (text) => textOfClients(change(clientsOf(text))), waitMs),
  };
}
