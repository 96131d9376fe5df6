import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { putConnection } from '../../../scripts/environment/database/documents';
import { openDatabase, type Database } from '../../../scripts/environment/database/database';
import { databaseStore } from '../../../scripts/environment/database/database-store';
import { migrate } from '../../../scripts/environment/database/migrate';
import type { EnvironmentStore } from '../../../scripts/environment/store';
import { startPostgres, whyNoPostgres, type PostgresServer } from '../../support/postgres';
import { environmentText } from '../../support/servers/xero-server';
import { makeFolder } from '../files/children';
import { conformsAsStore } from '../store-conformance';

const isRequired = process.env['POSTGRES_TESTS'] === 'required';

describe.skipIf(!isRequired && whyNoPostgres() !== undefined)('the store in PostgreSQL', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.remove());

  conformsAsStore(async () => {
    const url = server.database();
    const state = path.join(makeFolder(), 'state');
    const opened: Database[] = [];
    const open = (): EnvironmentStore => {
      const database = openDatabase(url, 'test', 2);
      opened.push(database);
      return databaseStore(database, state);
    };
    const own = openDatabase(url, 'test', 2);
    opened.push(own);
    await migrate(own);
    return {
      open,
      put: (name, rows) => putConnection(own, name, environmentText(name, rows)),
      // Answers can be kept on this machine, and the database does not take them.
      spoil: async () => void server.sql(url, 'alter schema evergrant rename to elsewhere'),
      mend: async () => void server.sql(url, 'alter schema elsewhere rename to evergrant'),
      remove: async () => {
        for (const database of opened) await database.close();
        fs.rmSync(path.dirname(state), { recursive: true });
      },
    };
  });
});
