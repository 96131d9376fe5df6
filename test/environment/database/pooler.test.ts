import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeMachine } from '../../support/machines';
import { startPgBouncer, whyNoPgBouncer, type PgBouncer } from '../../support/pgbouncer';
import { startPostgres, whyNoPostgres, type PostgresServer } from '../../support/postgres';
import { startXeroServer } from '../../support/servers/xero-server';
import { conformsAsStore } from '../store-conformance';
import { storeInDatabase } from './store-under-test';

const isRequired = process.env['POSTGRES_TESTS'] === 'required';
const isMissing = whyNoPostgres() !== undefined || whyNoPgBouncer() !== undefined;

describe.skipIf(!isRequired && isMissing)('through PgBouncer in transaction mode,', () => {
  let server: PostgresServer;
  let pooler: PgBouncer;
  beforeAll(async () => {
    server = await startPostgres();
    pooler = await startPgBouncer(server.database());
  });
  afterAll(async () => {
    await pooler.remove();
    await server.remove();
  });

  conformsAsStore(() => storeInDatabase(server, pooler.through));

  test('the program makes the tables and refreshes, several connections at once', async () => {
    const xero = await startXeroServer();
    const machine = makeMachine(pooler.through(server.database()));
    expect(await machine.run(['store', 'migrate'])).toMatchObject({ code: 0 });
    for (const name of ['acme', 'birch', 'cedar']) {
      const input = xero.environment('web', name, xero.connectedRows());
      expect(await machine.run(['adopt', name, '-'], { input })).toMatchObject({ code: 0 });
    }
    const { code, stdout } = await machine.run(['refresh', '--all', '--force', '--no-jitter', '--json']);
    const { results } = JSON.parse(stdout) as { results: { outcome: string }[] };
    expect([code, results.map(({ outcome }) => outcome)]).toEqual([0, ['refreshed', 'refreshed', 'refreshed']]);
    expect(xero.redemptions()).toBe(3);
    machine.remove();
    await xero.close();
  });
});
