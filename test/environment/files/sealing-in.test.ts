import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import type { EnvironmentStore } from '../../../scripts/environment/store';
import { newWrappingKeys } from '../../../scripts/sealing/wrapping-keys';
import { environmentText } from '../../support/servers/xero-server';
import { makeFolder } from './children';
import { storeFrom } from './store-under-test';

let ring: string;
let store: EnvironmentStore;

beforeEach(async () => {
  const root = makeFolder();
  store = await storeFrom(root, newWrappingKeys());
  const folder = path.join(root, 'environments');
  ring = path.join(folder, '.evergrant', 'keys.json');
  for (const name of ['acme', 'bcme', 'ccme']) {
    fs.writeFileSync(path.join(folder, `${name}.postman_environment.json`), environmentText(name, {}), { mode: 0o600 });
  }
});

const lock = (name: string): Promise<unknown> => store.environment(name).lock(0);

test.each<[string, () => void]>([
  ['cut off', () => fs.truncateSync(ring, 20)],
  ['emptied', () => fs.truncateSync(ring)],
  ['replaced by something else', () => fs.writeFileSync(ring, '{}')],
  ['replaced by a folder', () => [fs.rmSync(ring), fs.mkdirSync(ring)]],
  ['opened to others', () => fs.chmodSync(ring, 0o666)],
])('a key ring that was %s is refused each time, and no lock stays', async (_, spoil) => {
  const whole = fs.readFileSync(ring);
  spoil();
  for (const name of ['acme', 'bcme', 'acme', 'ccme'])
    await expect(lock(name)).rejects.toMatchObject({ kind: 'invalid' });
  fs.rmSync(ring, { recursive: true });
  fs.writeFileSync(ring, whole, { mode: 0o600 });
  for (const name of ['acme', 'bcme', 'ccme']) await lock(name);
});
