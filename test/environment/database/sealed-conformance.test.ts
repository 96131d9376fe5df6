import { afterAll, beforeAll, describe } from 'vitest';
import { startPostgres, whyNoPostgres, type PostgresServer } from '../../support/postgres';
import { conformsAsStore } from '../store-conformance';
import { sealedStoreInDatabase } from './store-under-test';

const isRequired = process.env['POSTGRES_TESTS'] === 'required';

describe.skipIf(!isRequired && whyNoPostgres() !== undefined)('the store in PostgreSQL, sealed', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.remove());

  conformsAsStore(() => sealedStoreInDatabase(server));
});
