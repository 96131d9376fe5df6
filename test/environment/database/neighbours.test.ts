import path from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { databaseStore } from '../../../scripts/environment/database/database-store';
import { openDatabase, type Database } from '../../../scripts/environment/database/database';
import { putConnection } from '../../../scripts/environment/database/documents';
import { migrate } from '../../../scripts/environment/database/migrate';
import type { EnvironmentStore } from '../../../scripts/environment/store';
import { startPostgres, whyNoPostgres, type PostgresServer } from '../../support/postgres';
import { environmentText } from '../../support/servers/xero-server';
import { makeFolder } from '../files/children';

const isLeftOut = process.env['POSTGRES_TESTS'] !== 'required' && whyNoPostgres() !== undefined;

describe.skipIf(isLeftOut)('in a database that others use, too', () => {
  let server: PostgresServer;
  let url: string;
  let database: Database;
  let store: EnvironmentStore;
  let other: pg.Client;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.remove());
  beforeEach(async () => {
    url = server.database();
    database = openDatabase(url, 'test', 4);
    await migrate(database);
    store = databaseStore(database, path.join(makeFolder(), 'state'));
    other = new pg.Client(url);
    await other.connect();
  });
  afterEach(async () => {
    await other.end();
    await database.close();
  });

  const put = async (name: string, rows: Readonly<Record<string, string>> = {}): Promise<void> => {
    const known = { app_type: 'pkce', access_token: 'a', refresh_token: 'r', generation: '1', ...rows };
    await putConnection(database, name, environmentText(name, known));
  };

  describe('a migration', () => {
    beforeEach(async () => {
      await database.query('delete from evergrant.migration where number = 10');
      await database.query('drop index evergrant.connection_urgency, evergrant.connection_urgency_kept');
      await database.query('alter table evergrant.app drop column retry_of');
      await database.query('create index connection_due on evergrant.connection (access_token_expires_at)');
      await database.query('create index connection_rotation on evergrant.connection (refresh_token_expires_at)');
      await database.query('create index connection_marked on evergrant.connection (name)');
      await other.query('begin; lock table evergrant.connection in access share mode');
    });

    test('waits for who reads a table, such as a backup, and lets those who come later go first', async () => {
      await put('acme');
      const migrated = migrate(database);
      const times: number[] = [];
      for (const end = performance.now() + 5000; performance.now() < end;) {
        const start = performance.now();
        await database.query('update evergrant.connection set spread = spread');
        times.push(performance.now() - start);
      }
      expect(Math.max(...times)).toBeLessThan(5000);
      await other.query('commit');
      expect((await migrated).map(({ number }) => number)).toEqual([10]);
      expect(await migrate(database)).toEqual([]);
    });

    test('that gets no turn says so, has changed nothing, and changes nothing later', async () => {
      await expect(migrate(database)).rejects.toMatchObject({ kind: 'temporary_failure', code: 'store_in_use' });
      await other.query('commit');
      await new Promise((resolve) => setTimeout(resolve, 500));
      const [last] = await database.query('select max(number) as number from evergrant.migration');
      expect(last).toEqual({ number: 9 });
    });
  });

  test('a statement that was ended so that another can go on is run again', async () => {
    for (const name of ['acme', 'bakery']) await put(name);
    await other.query("begin; update evergrant.connection set spread = 0 where name = 'bakery'");
    const both = database.query(
      `with one as (update evergrant.connection set spread = 1 where name = 'acme' returning name)
       update evergrant.document set version = version + 1 where name in (select name from one)
         or name in (select name from evergrant.connection where name = 'bakery' for update) returning name`,
    );
    await new Promise((resolve) => setTimeout(resolve, 300));
    const otherDone = other
      .query("update evergrant.connection set spread = 0 where name = 'acme'; commit")
      .catch(() => other.query('rollback'));
    expect(await both).toHaveLength(2);
    await otherDone;
  });

  describe('what a token endpoint says of waiting', () => {
    const until = new Date(Date.now() + 3_600_000);
    const postponed = async (name: string): Promise<Date | null> => {
      const locked = await store.environment(name).lock(0);
      const found = await locked.retryAfter();
      await locked.release();
      return found;
    };
    const postpone = async (name: string): Promise<void> => {
      const locked = await store.environment(name).lock(0);
      await locked.setRetryAfter(until);
      await locked.release();
    };
    beforeEach(async () => {
      await store.app('books').change({ client_id: 'of-the-app' }, 0);
      const ofApp = { app: 'books', client_id: '', token_url: 'https://identity.xero.com/connect/token' };
      await put('acme', ofApp);
      await put('bakery', ofApp);
      await put('other-place', { ...ofApp, token_url: 'https://example.com/token' });
      await put('other-client', { ...ofApp, client_id: 'its-own' });
    });

    test('counts for all connections of the app', async () => {
      await postpone('acme');
      expect(await Promise.all(['acme', 'bakery'].map(postponed))).toEqual([until, until]);
    });

    test.each(['other-place', 'other-client'])('counts for no other client and no other endpoint: %s', async (name) => {
      await postpone(name);
      expect(await Promise.all([name, 'acme', 'bakery'].map(postponed))).toEqual([until, null, null]);
      await postpone('acme');
      expect(await Promise.all(['bakery', 'other-place', 'other-client'].map(postponed))).toEqual([
        until,
        ...['other-place', 'other-client'].map((one) => (one === name ? until : null)),
      ]);
    });
  });
});
