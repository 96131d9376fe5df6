import fs from 'node:fs';
import path from 'node:path';
import type * as FileStore from '../../../scripts/environment/files/file-store';
import { built } from '../../proofs/support/built';
import { environmentText } from '../../support/servers/xero-server';
import { conformsAsStore } from '../store-conformance';
import { makeFolder } from './children';

const { fileStore } = built<typeof FileStore>('environment/files/file-store');

conformsAsStore(async () => {
  const root = makeFolder();
  const [folder, state] = [path.join(root, 'environments'), path.join(root, 'state')];
  fs.mkdirSync(folder);
  const fileOf = (name: string): string => path.join(folder, `${name}.postman_environment.json`);
  const texts = new Map<string, string>();
  return {
    open: () => fileStore(folder, state),
    put: async (name, rows) => fs.writeFileSync(fileOf(name), environmentText(name, rows), { mode: 0o600 }),
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
