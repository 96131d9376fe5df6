import fs from 'node:fs';
import path from 'node:path';
import type * as FileStore from '../../../scripts/environment/files/file-store';
import type { EnvironmentStore } from '../../../scripts/environment/store';
import { newRing } from '../../../scripts/sealing/key-ring';
import { noKeys, type Keys } from '../../../scripts/sealing/keys';
import type { WrappingKeys } from '../../../scripts/sealing/wrapping-keys';
import { built } from '../../proofs/support/built';
import { environmentText } from '../../support/servers/xero-server';
import type { StoreUnderTest } from '../store-conformance';
import { makeFolder } from './children';

const { fileStore } = built<typeof FileStore>('environment/files/file-store');

function storeOf(root: string, key?: Required<WrappingKeys>): EnvironmentStore {
  const keys: Keys = key === undefined ? noKeys : { where: 'the key', read: () => key };
  return fileStore(path.join(root, 'environments'), path.join(root, 'state'), keys);
}

/** Makes a store in a folder; with a key, one that seals. */
export async function storeFrom(root: string, key?: Required<WrappingKeys>): Promise<EnvironmentStore> {
  fs.mkdirSync(path.join(root, 'environments'));
  const store = storeOf(root, key);
  if (key === undefined) return store;
  await store.keyRing().change(() => ({ ...newRing(key, new Date()).ring, isSealing: true }), 0);
  return store;
}

/** A store in a new folder; with a key, one in which everything is sealed. */
export async function storeInFolder(key?: Required<WrappingKeys>): Promise<StoreUnderTest> {
  const root = makeFolder();
  const folder = path.join(root, 'environments');
  await storeFrom(root, key);
  const open = (): EnvironmentStore => storeOf(root, key);
  const fileOf = (name: string): string => path.join(folder, `${name}.postman_environment.json`);
  const texts = new Map<string, string>();
  return {
    open,
    put: async (name, rows) => {
      fs.writeFileSync(fileOf(name), environmentText(name, rows), { mode: 0o600 });
      if (key !== undefined) await reseal(open(), name);
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
}

async function reseal(store: EnvironmentStore, name: string): Promise<void> {
  const locked = await store.environment(name).lock(1000);
  await locked.reseal();
  await locked.release();
}
