import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase, type Database } from '../../../scripts/environment/database/database';
import { databaseStore } from '../../../scripts/environment/database/database-store';
import { putConnection } from '../../../scripts/environment/database/documents';
import { migrate } from '../../../scripts/environment/database/migrate';
import { saveTokenSet } from '../../../scripts/environment/database/token-sets';
import type { EnvironmentStore } from '../../../scripts/environment/store';
import type { Attempt } from '../../../scripts/history/attempt';
import { dayMs } from '../../../scripts/text/duration';
import { startPostgres, whyNoPostgres, type PostgresServer } from '../../support/postgres';
import { environmentText } from '../../support/servers/xero-server';
import { makeFolder } from '../files/children';

const isRequired = process.env['POSTGRES_TESTS'] === 'required';

describe.skipIf(!isRequired && whyNoPostgres() !== undefined)('a database that is used for long', () => {
  let server: PostgresServer;
  let url: string;
  let database: Database;
  let store: EnvironmentStore;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.remove());
  beforeEach(async () => {
    url = server.database();
    database = openDatabase(url, 'test', 2);
    await migrate(database);
    store = databaseStore(database, makeFolder());
    for (const name of ['acme', 'bakery']) {
      await putConnection(database, name, environmentText(name, { generation: '1', refresh_token: 'first' }));
    }
  });
  afterEach(() => database.close());

  const refresh = (name: string, spent: number): Promise<boolean | undefined> =>
    saveTokenSet(database, {
      name,
      spent,
      changes: { access_token: `a${spent}`, refresh_token: `r${spent}`, generation: String(spent + 1) },
    });
  const refreshTimes = async (name: string, from: number, until: number): Promise<void> => {
    for (let spent = from; spent < until; spent++) expect(await refresh(name, spent)).toBe(true);
  };
  const age = (table: string, column: string, days: number): string =>
    server.sql(url, `update evergrant.${table} set ${column} = ${column} - interval '${days} days'`);
  const generationsOf = async (name: string): Promise<number[]> => {
    const rows = await database.query('select generation from evergrant.token_set where name = $1 order by 1', [name]);
    return rows.map(({ generation }) => Number(generation));
  };
  const refreshed = (environment: string, daysAgo: number): Attempt => ({
    ...{ at: new Date(Date.now() - daysAgo * dayMs), environment, outcome: 'refreshed', durationMs: 0, tries: 1 },
    ...{ generation: 2, before: null, after: null, status: 200, correlation: null, error: null, moved: null },
  });
  const upTo = (first: number, last: number): number[] =>
    Array.from({ length: last - first + 1 }, (_, at) => first + at);

  test('keeps every token set of the last day', async () => {
    await refreshTimes('acme', 1, 40);
    expect(await generationsOf('acme')).toEqual(upTo(1, 40));
  });

  test('keeps the ten newest generations of a connection, however old they are, and no others of days ago', async () => {
    await refreshTimes('acme', 1, 30);
    await refreshTimes('bakery', 1, 5);
    age('token_set', 'arrived_at', 2);
    await refreshTimes('acme', 30, 31);
    await refreshTimes('bakery', 5, 6);
    expect(await generationsOf('acme')).toEqual(upTo(22, 31));
    expect(await generationsOf('bakery')).toEqual(upTo(1, 6));
  });

  test('keeps the token set in use where an answer that came late has a greater generation', async () => {
    await refreshTimes('acme', 1, 3);
    age('token_set', 'arrived_at', 2);
    const changes = { access_token: 'late', refresh_token: 'late', generation: '900' };
    expect(await saveTokenSet(database, { name: 'acme', spent: 3, changes, isBeside: true })).toBe(false);
    expect(await generationsOf('acme')).toEqual([1, 2, 3, 900]);
  });

  test('keeps attempts for as long as a status page looks back', async () => {
    const acme = store.environment('acme');
    for (const days of [400, 300, 63, 61, 1, 0]) await acme.record(refreshed('acme', days));
    await store.environment('bakery').record(refreshed('bakery', 50));
    const days = (await acme.attempts()).map(({ at }) => Math.round((Date.now() - at.getTime()) / dayMs));
    expect(days).toEqual([61, 1, 0]);
    expect((await store.environment('bakery').attempts()).length).toBe(1);
  });
});
