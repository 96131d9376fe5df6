import fs from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { openDatabase, type Database } from '../../../scripts/environment/database/database';
import { databaseStore } from '../../../scripts/environment/database/database-store';
import { putConnection } from '../../../scripts/environment/database/documents';
import type { LeaseTimes } from '../../../scripts/environment/database/lease';
import { migrate } from '../../../scripts/environment/database/migrate';
import { valueOf, type Changes } from '../../../scripts/environment/environment';
import type { EnvironmentStore, LockedEnvironment, StoredEnvironment } from '../../../scripts/environment/store';
import { startPostgres, whyNoPostgres, type PostgresServer } from '../../support/postgres';
import { environmentText } from '../../support/servers/xero-server';
import { makeFolder } from '../files/children';

const isLeftOut = process.env['POSTGRES_TESTS'] !== 'required' && whyNoPostgres() !== undefined;

/** Settings of a role or a server that lose what was acknowledged, unless a statement asks for more. */
const careless = { fsync: 'off', synchronous_commit: 'off', wal_writer_delay: '10000ms' };

const marked = { refresh_started_at: '2026-11-22T10:00:00.000Z' };

/** Each part of the store that keeps a token from being lost, on its own. `database-mutants` takes them away one by one. */
describe.skipIf(isLeftOut)('a token is not lost, because', () => {
  let server: PostgresServer;
  let url: string;
  let own: Database;
  let databases: Database[];
  beforeAll(async () => {
    server = await startPostgres(careless);
  });
  afterAll(() => server.remove());
  beforeEach(async () => {
    databases = [];
    url = server.database();
    own = open();
    await migrate(own);
    const rows = {
      app_type: 'pkce',
      access_token: 'a1',
      refresh_token: 'r1',
      generation: '1',
      grant_status: 'connected',
    };
    await putConnection(own, 'acme', environmentText('acme', rows));
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    vi.useRealTimers();
    for (const database of databases) await database.close();
  });

  function open(): Database {
    const database = openDatabase(url, 'test', 2);
    databases.push(database);
    return database;
  }

  const longTimes: LeaseTimes = { leaseMs: 60_000, requestLimitMs: 1000, saveBudgetMs: 1000 };
  const folder = makeFolder();
  afterAll(() => fs.rmSync(folder, { recursive: true }));

  /** The connection, as a machine with a disk of its own sees it. */
  function acme(machine = 'one', { database = own, times = longTimes } = {}): StoredEnvironment {
    return storeOn(machine, database, times).environment('acme');
  }

  function storeOn(machine: string, database = own, times = longTimes): EnvironmentStore {
    return databaseStore(database, path.join(folder, machine, url.replaceAll(/\W/g, '')), times);
  }

  const tokens = (generation: number, name: string, iat?: number): Changes => ({
    access_token:
      iat === undefined ? `a-${name}` : `eyJhIjowfQ.${Buffer.from(JSON.stringify({ iat })).toString('base64url')}.s`,
    refresh_token: `r-${name}`,
    generation: String(generation),
    refresh_started_at: '',
    grant_status: 'connected',
  });

  const held = async (key: 'refresh_token' | 'generation' | 'grant_status' | 'refresh_started_at'): Promise<string> =>
    valueOf(await acme('onlooker', { database: open() }).read(), key);

  /** Its statements are seen before they are sent. */
  function watched(before: (text: string) => Promise<void> | void): Database {
    const { query, ...others } = open();
    return { ...others, query: async (text, values) => (await before(text), await query(text, values)) };
  }

  const isSave = (text: string): boolean => text.includes('evergrant.save_token_set');

  const crash = async (): Promise<void> => await server.restart('immediate');

  test.each<[string, (stored: StoredEnvironment) => Promise<unknown>, () => Promise<unknown>, unknown]>([
    [
      'a mark',
      async (stored) => await (await stored.lock(0)).prepareSave(marked),
      () => held('refresh_started_at'),
      expect.stringMatching(/^\d{4}-/),
    ],
    [
      'a token set',
      async (stored) => {
        const locked = await stored.lock(0);
        await locked.prepareSave(marked);
        locked.keep(tokens(2, 'new'));
        await locked.settle();
      },
      () => held('refresh_token'),
      'r-new',
    ],
    [
      'a verdict',
      async (stored) => await (await stored.lock(0)).refuse('r1'),
      () => held('grant_status'),
      'consent_needed',
    ],
    [
      'a new environment',
      async () =>
        await acme()
          .lock(0)
          .then((locked) => locked.replace(environmentText('acme', tokens(5, 'other')))),
      () => held('refresh_token'),
      'r-other',
    ],
  ])('%s that was acknowledged outlives the server, whatever its settings are', async (_, act, seen, expected) => {
    await act(acme());
    await crash();
    expect(await seen()).toEqual(expected);
  });

  test('the mark is there for others before anything is sent, with the time of the first try', async () => {
    const locked = await acme().lock(0);
    await locked.prepareSave(marked);
    const first = server.sql(url, 'select spending_since from evergrant.connection').trim();
    expect(await held('refresh_started_at')).not.toBe('');
    await locked.prepareSave(marked);
    expect(server.sql(url, 'select spending_since from evergrant.connection').trim()).toBe(first);
  });

  test('its receipt is on the disk, with its name, before the database is asked', async () => {
    const order: string[] = [];
    const [sync, syncLater, rename] = [fs.fsyncSync, fs.fsync, fs.renameSync];
    const note = (fd: number): unknown =>
      order.push(fs.fstatSync(fd).isDirectory() ? 'sync of the folder' : 'sync of the file');
    vi.spyOn(fs, 'fsyncSync').mockImplementation((fd) => {
      note(fd);
      sync(fd);
    });
    vi.spyOn(fs, 'fsync').mockImplementation((fd, then) => {
      note(fd);
      syncLater(fd, then);
    });
    vi.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
      order.push(`renamed to .${String(to).split('.').slice(-2).join('.')}`);
      rename(from, to);
    });
    const database = watched((text) => {
      if (isSave(text)) order.push('save');
    });
    const locked = await acme('one', { database }).lock(0);
    await locked.prepareSave(marked);
    locked.keep(tokens(2, 'new'));
    expect(order.slice(-2)).toEqual(['sync of the file', 'renamed to .receipt.json']);
    order.length = 0;
    await locked.settle();
    expect(order).toEqual(['sync of the folder', 'save', 'renamed to .confirmed.json']);
  });

  test('an answer is saved again where nobody knows whether it was saved, and is there once', async () => {
    const { query, ...others } = open();
    let saves = 0;
    const database: Database = {
      ...others,
      query: async (text, values) => {
        const rows = await query(text, values);
        if (isSave(text) && ++saves === 1) throw new Error('the connection went with the answer');
        return rows;
      },
    };
    const locked = await acme('one', { database }).lock(0);
    await locked.prepareSave(marked);
    locked.keep(tokens(2, 'new'));
    await locked.settle();
    const sets = server.sql(url, "select count(*) from evergrant.token_set where refresh_token = 'r-new'").trim();
    expect([saves, sets, await held('refresh_token'), await held('generation')]).toEqual([2, '1', 'r-new', '2']);
  });

  test('an answer that could not be saved is saved by the next run on this machine', async () => {
    const database = watched((text) => {
      if (isSave(text)) throw new Error('cut off');
    });
    const times = { ...longTimes, saveBudgetMs: 50 };
    const locked = await acme('one', { database, times }).lock(0);
    await locked.prepareSave(marked);
    locked.keep(tokens(2, 'new'));
    await expect(locked.settle()).rejects.toMatchObject({ kind: 'not_saved' });
    await locked.release();
    const next = await acme('one').lock(0);
    expect([await next.pickUpRecovery(), await held('refresh_token')]).toEqual([true, 'r-new']);
  });

  /** An answer for acme that waits on the disk of machine one. */
  async function leaveUnsaved(keep: (locked: LockedEnvironment) => void): Promise<void> {
    const database = watched((text) => {
      if (isSave(text) || text.includes('into evergrant.connection')) throw new Error('cut off');
    });
    const locked = await acme('one', { database, times: { ...longTimes, saveBudgetMs: 50 } }).lock(0);
    await locked.prepareSave({});
    keep(locked);
    await expect(locked.settle()).rejects.toMatchObject({ kind: 'not_saved' });
    await locked.release();
  }

  async function waiting(store: EnvironmentStore): Promise<readonly string[]> {
    const found: string[] = [];
    for await (const look of store.look(['acme', 'maple']))
      if ('unconfirmed' in look && look.unconfirmed !== undefined) found.push(look.given);
    return found;
  }

  test.each([
    ['an answer', (locked: LockedEnvironment) => locked.keep(tokens(2, 'new'))],
    ['tokens that wait to be judged', (locked: LockedEnvironment) => locked.aside.keep(tokens(2, 'new'))],
  ])('%s that could not be saved comes to the connection, whatever that is called by now', async (_, keep) => {
    await leaveUnsaved(keep);
    await storeOn('two').rename('acme', 'birch', 0);
    await storeOn('two').rename('birch', 'maple', 0);
    await putConnection(own, 'acme', environmentText('acme', { ...tokens(1, 'other'), app_type: 'pkce' }));
    const one = storeOn('one');
    expect(await waiting(one)).toEqual(['maple']);
    for (const name of ['acme', 'maple']) {
      const locked = await one.environment(name).lock(0);
      await locked.pickUpRecovery();
      await locked.release();
    }
    const where = server.sql(url, "select name from evergrant.token_set where refresh_token = 'r-new'").trim();
    expect(where.replace('#pending', '')).toBe('maple');
    expect(await waiting(one)).toEqual([]);
  });

  test('an answer never comes to another connection that has its name by now', async () => {
    await leaveUnsaved((locked) => locked.keep(tokens(2, 'new')));
    await storeOn('two').remove('acme', 0, () => undefined);
    await putConnection(own, 'acme', environmentText('acme', { ...tokens(1, 'other'), app_type: 'pkce' }));
    const stored = acme('one');
    expect(await stored.hasRecovery()).toBe(false);
    const locked = await stored.lock(0);
    expect([await locked.pickUpRecovery(), await held('refresh_token')]).toEqual([false, 'r-other']);
  });

  test.each([
    [
      'goes to its connection, whatever that is called by then',
      () => storeOn('two').rename('acme', 'maple', 0),
      'maple',
    ],
    ['goes to no other connection of its name', () => storeOn('two').remove('acme', 0, () => undefined), ''],
  ])('an answer that comes when its lease is over %s', async (_, meanwhile, expected) => {
    const locked = await acme('one', { times: { ...longTimes, saveBudgetMs: 300 } }).lock(0);
    await locked.prepareSave(marked);
    server.sql(url, "update evergrant.connection set lease_until = now() - interval '1 second'");
    await meanwhile();
    await putConnection(own, 'acme', environmentText('acme', { ...tokens(1, 'other'), app_type: 'pkce' }));
    locked.keep(tokens(2, 'late'));
    const settled = locked.settle();
    if (expected === '') await expect(settled).rejects.toMatchObject({ kind: 'not_saved' });
    else await settled;
    const where = server.sql(url, "select name from evergrant.token_set where refresh_token = 'r-late'").trim();
    expect([where, await held('refresh_token')]).toEqual([expected, 'r-other']);
  });

  test('an answer replaces only the generation that it was given for, and stays beside a later one', async () => {
    const database = watched(async (text) => {
      if (isSave(text)) await putConnection(own, 'acme', environmentText('acme', tokens(7, 'consented')));
    });
    const locked = await acme('one', { database }).lock(0);
    await locked.prepareSave(marked);
    locked.keep(tokens(2, 'late'));
    await locked.settle();
    expect([await held('refresh_token'), await held('generation')]).toEqual(['r-consented', '7']);
    const kept = (await locked.candidates(0)).map((one) => valueOf(one, 'refresh_token'));
    expect(kept).toEqual(['r-consented', 'r-late', 'r1']);
  });

  test('of two answers for one token the one that was issued last is read, in whatever order they arrive', async () => {
    for (const [machine, name, iat] of [
      ['one', 'newer', 1_795_000_100],
      ['two', 'older', 1_795_000_000],
    ] as const) {
      const locked = await acme(machine, { database: open() }).lock(0);
      if (machine === 'two') server.sql(url, 'update evergrant.connection set generation = 1');
      await locked.read();
      locked.keep(tokens(2, name, iat));
      await locked.settle();
      await locked.release();
    }
    expect(await held('refresh_token')).toBe('r-newer');
  });

  test('a verdict needs the lease and the token that it is about, at the moment when it is written', async () => {
    for (const [change, expected] of [
      ["lease_owner = 'other', lease_epoch = lease_epoch + 1", 'connected'],
      ['lease_epoch = lease_epoch + 1', 'connected'],
      ['generation = generation + 1', 'connected'],
      ["tenant_name = 'nothing that matters'", 'consent_needed'],
    ]) {
      server.sql(url, "update evergrant.connection set lease_until = null, grant_status = 'connected', generation = 1");
      const database = watched((text) => {
        if (text.includes("'consent_needed'")) server.sql(url, `update evergrant.connection set ${change}`);
      });
      const locked = await acme('one', { database }).lock(0);
      expect(await locked.refuse('r1')).toBe(expected === 'consent_needed');
      expect(server.sql(url, 'select grant_status from evergrant.connection').trim()).toBe(expected);
    }
  });

  test('a mark and a code need the lease of their own claim', async () => {
    const first = await acme('one').lock(0);
    server.sql(url, 'update evergrant.connection set lease_epoch = lease_epoch + 1');
    await expect(first.prepareSave(marked)).rejects.toMatchObject({ kind: 'busy' });
    await expect(first.markUsed('a-code')).rejects.toMatchObject({ kind: 'busy' });
    expect(await held('refresh_started_at')).toBe('');
  });

  test('nothing is sent that could outlive the lease: it is renewed before', async () => {
    const times = { leaseMs: 900_000, requestLimitMs: 500_000, saveBudgetMs: 300_000 };
    const locked = await acme('one', { times }).lock(0);
    const [real, passedMs] = [performance.now.bind(performance), 150_000];
    vi.spyOn(performance, 'now').mockImplementation(() => real() + passedMs);
    server.sql(url, `update evergrant.connection set lease_until = lease_until - interval '${passedMs} milliseconds'`);
    const left = 'select extract(epoch from lease_until - clock_timestamp()) * 1000 from evergrant.connection';
    expect(Number(server.sql(url, left))).toBeLessThan(800_000);
    expect(await locked.mayStillSend()).toBe(true);
    expect(Number(server.sql(url, left))).toBeGreaterThan(800_000);
    expect(server.sql(url, 'select lease_epoch from evergrant.connection').trim()).toBe('1');
  });

  test.each([
    ['the clock goes on by hours', (): void => void vi.setSystemTime(Date.now() + 10_800_000)],
    [
      'the machine works on, and its clock goes back',
      (): void => void vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 120_000),
    ],
  ])('a machine does not believe in its lease when %s', async (_, move) => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const locked = await acme('one').lock(0);
    server.sql(url, "update evergrant.connection set lease_owner = 'other', lease_epoch = lease_epoch + 1");
    expect(await locked.mayStillSend()).toBe(true); // it has just claimed, and asks nobody
    move();
    expect(await locked.mayStillSend()).toBe(false);
  });
});
