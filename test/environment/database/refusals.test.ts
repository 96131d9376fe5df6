import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase, type Database } from '../../../scripts/environment/database/database';
import { startPostgres, whyNoPostgres, type PostgresServer } from '../../support/postgres';

const isLeftOut = process.env['POSTGRES_TESTS'] !== 'required' && whyNoPostgres() !== undefined;

describe.skipIf(isLeftOut)('what a server refuses', () => {
  let server: PostgresServer;
  let url: string;
  const opened: Database[] = [];
  beforeAll(async () => {
    server = await startPostgres();
    server.sql(server.database(), 'create role "the worker" login');
  });
  afterAll(() => server.remove());
  beforeEach(async () => {
    for (const database of opened.splice(0)) await database.close();
    url = server.database();
    server.sql(url, 'create table held (one integer)');
  });

  const open = (place: string): Database => {
    const database = openDatabase(place, 'db/books', 1);
    opened.push(database);
    return database;
  };
  const as = (user: string): string => url.replace('admin@', `${encodeURIComponent(user)}@`);
  const set = (setting: string): string =>
    server.sql(url, `alter database ${url.slice(url.lastIndexOf('/') + 1)} set ${setting}`);

  test('a lock that is waited for too long passes', async () => {
    set("lock_timeout = '50ms'");
    const holds = open(url).query('begin; lock table held; select pg_sleep(2); commit');
    await expect
      .poll(() => server.sql(url, "select count(*) from pg_locks where relation = 'held'::regclass"))
      .toMatch(/1/);
    await expect(open(url).query('select from held')).rejects.toMatchObject({
      kind: 'temporary_failure',
      code: 'store_unreachable',
      message: 'db/books waited too long for a lock (55P03, see lock_timeout)',
    });
    await holds;
  });

  test('a statement that takes too long passes', async () => {
    set("statement_timeout = '50ms'");
    await expect(open(url).query('select pg_sleep(2)')).rejects.toMatchObject({
      kind: 'temporary_failure',
      message: 'db/books stopped a statement that took too long (57014, see statement_timeout)',
    });
  });

  test('writes, by a setting, are not said to be a replica', async () => {
    set('default_transaction_read_only = on');
    await expect(open(url).query('insert into held values (1)')).rejects.toMatchObject({
      kind: 'invalid',
      code: 'read_only',
      hint: expect.stringContaining('npx evergrant store check'),
    });
  });

  test('writes, as a replica, pass', async () => {
    const replica = await server.copy('replica');
    try {
      await expect(open(replica.at(url)).query('create table more (one integer)')).rejects.toMatchObject({
        kind: 'temporary_failure',
        message: 'db/books does not answer (it is a replica, which takes no writes)',
      });
      for (const database of opened.splice(0)) await database.close();
    } finally {
      await replica.remove();
    }
  });

  test.each([
    ['a database that is not there', () => `${url}%20x`, 'select 1', 'no_database', /createdb 'test\d+ x'$/],
    ['a role that is not there', () => as('nobody else'), 'select 1', 'no_access', /pg_hba\.conf/],
    ['a right that is lacking', () => as('the worker'), 'select from held', 'no_access', /npx evergrant store check$/],
    [
      'a trigger of somebody else',
      () => url,
      "do $$ begin raise exception 'no'; end $$",
      'store_fault',
      /server's log/,
    ],
  ])('%s is said for what it is', async (_, place, text, code, hint) => {
    await expect(open(place()).query(text)).rejects.toMatchObject({
      kind: 'invalid',
      code,
      hint: expect.stringMatching(hint),
    });
  });

  test('a statement that makes no sense stays a fault of this program', async () => {
    await expect(open(url).query('select nothing from nowhere where')).rejects.not.toHaveProperty('kind');
  });
});
