import fs from 'node:fs';
import path from 'node:path';
import { putConnection } from '../../../scripts/environment/database/documents';
import { openDatabase, type Database } from '../../../scripts/environment/database/database';
import { databaseStore } from '../../../scripts/environment/database/database-store';
import { migrate } from '../../../scripts/environment/database/migrate';
import { keyRingIn, sealsOf } from '../../../scripts/environment/database/sealed/seals';
import { newRing } from '../../../scripts/sealing/key-ring';
import { noKeys, type Keys } from '../../../scripts/sealing/keys';
import { newWrappingKeys, type WrappingKeys } from '../../../scripts/sealing/wrapping-keys';
import type { EnvironmentStore } from '../../../scripts/environment/store';
import type { PostgresServer } from '../../support/postgres';
import { environmentText } from '../../support/servers/xero-server';
import { makeFolder } from '../files/children';
import type { StoreUnderTest } from '../store-conformance';

/** A store in a new database of a server; `through` is how its clients reach that. */
export async function storeInDatabase(
  server: PostgresServer,
  through: (url: string) => string = (url) => url,
  key?: Required<WrappingKeys>,
): Promise<StoreUnderTest> {
  const direct = server.database();
  const url = through(direct);
  const state = path.join(makeFolder(), 'state');
  const opened: Database[] = [];
  const keys: Keys = key === undefined ? noKeys : { where: 'the key', read: () => key };
  const open = (): EnvironmentStore => {
    const database = openDatabase(url, 'test', 2);
    opened.push(database);
    sealsOf(database, keys);
    return databaseStore(database, state);
  };
  const own = openDatabase(url, 'test', 2);
  opened.push(own);
  await migrate(own);
  sealsOf(own, keys);
  if (key !== undefined) await keyRingIn(own).change(() => ({ ...newRing(key, new Date()).ring, isSealing: true }), 0);
  return {
    open,
    put: (name, rows) => putConnection(own, name, environmentText(name, rows)),
    // Answers can be kept on this machine, and the database does not take them.
    spoil: async () => void server.sql(direct, 'alter schema evergrant rename to elsewhere'),
    mend: async () => void server.sql(direct, 'alter schema elsewhere rename to evergrant'),
    remove: async () => {
      for (const database of opened) await database.close();
      fs.rmSync(path.dirname(state), { recursive: true });
    },
  };
}

/** The same, in which everything is sealed. */
export const sealedStoreInDatabase = (server: PostgresServer): Promise<StoreUnderTest> =>
  storeInDatabase(server, undefined, newWrappingKeys());
