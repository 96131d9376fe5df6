import fs from 'node:fs';
import path from 'node:path';
import type * as FileStore from '../../../scripts/environment/files/file-store';
import { newRing, textOfRing } from '../../../scripts/sealing/key-ring';
import { newWrappingKeys } from '../../../scripts/sealing/wrapping-keys';
import { built } from '../../proofs/support/built';
import { environmentText } from '../../support/servers/xero-server';
import { conformsAsStore } from '../store-conformance';
import { makeFolder } from './children';

const { fileStore } = built<typeof FileStore>('environment/files/file-store');

/** A store of files in which everything is sealed does all that a store must. */
conformsAsStore(async () => {
  const root = makeFolder();
  const [folder, state] = [path.join(root, 'environments'), path.join(root, 'state')];
  const keep = path.join(folder, '.evergrant');
  fs.mkdirSync(keep, { recursive: true, mode: 0o700 });
  const key = newWrappingKeys();
  const ring = { ...newRing(key, new Date()).ring, isSealing: true };
  fs.writeFileSync(path.join(keep, 'keys.json'), textOfRing(ring), { mode: 0o600 });
  const fileOf = (name: string): string => path.join(folder, `${name}.postman_environment.json`);
  const open = (): ReturnType<typeof fileStore> => fileStore(folder, state, { where: 'the key', read: () => key });
  const texts = new Map<string, string>();
  return {
    open,
    put: async (name, rows) => {
      fs.writeFileSync(fileOf(name), environmentText(name, rows), { mode: 0o600 });
      const locked = await open().environment(name).lock(1000);
      await locked.reseal();
      await locked.release();
    },
    spoil: async (name) => {
      texts.set(name, fs.readFileSync(fileOf(name), 'utf8'));
      fs.rmSync(fileOf(name));
      fs.mkdirSync(fileOf(name)); // a folder is in the way
    },
    mend: async (name) => {
      fs.rmdirSync(fileOf(name));
      fs.writeFileSync(fileOf(name), texts.get(name) ?? '', { mode: 0o600 });
    },
    remove: async () => fs.rmSync(root, { recursive: true }),
  };
});
