import fs from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { putConnection } from '../../../scripts/environment/database/documents';
import { openDatabase, type Database } from '../../../scripts/environment/database/database';
import { databaseStore } from '../../../scripts/environment/database/database-store';
import { migrate } from '../../../scripts/environment/database/migrate';
import { renameConnection } from '../../../scripts/environment/database/names';
import { valueOf, type Changes } from '../../../scripts/environment/environment';
import type { StoredEnvironment } from '../../../scripts/environment/store';
import { startPostgres, whyNoPostgres, type PostgresServer } from '../../support/postgres';
import { environmentText } from '../../support/servers/xero-server';
import { makeFolder } from '../files/children';

const isLeftOut = process.env['POSTGRES_TESTS'] !== 'required' && whyNoPostgres() !== undefined;

describe.skipIf(isLeftOut)('a lease that is over', () => {
  let server: PostgresServer;
  let url: string;
  let databases: Database[];
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.remove());
  beforeEach(async () => {
    databases = [];
    url = server.database();
    await migrate(open());
    const rows = {
      app_type: 'pkce',
      access_token: 'a1',
      refresh_token: 'r1',
      generation: '1',
      grant_status: 'connected',
    };
    await putConnection(open(), 'acme', environmentText('acme', rows));
  });
  afterEach(async () => {
    for (const database of databases) await database.close();
  });

  function open(): Database {
    const database = openDatabase(url, 'test', 2);
    databases.push(database);
    return database;
  }

  /** The connection, as another machine sees it; the leases of the first one last a moment. */
  function acme(database = open(), leaseMs = 200): StoredEnvironment {
    const times = { leaseMs, requestLimitMs: 50, saveBudgetMs: 50 };
    return databaseStore(database, path.join(makeFolder(), 'state'), times).environment('acme');
  }

  const tokens = (generation: number, name: string): Changes => ({
    access_token: `a-${name}`,
    refresh_token: `r-${name}`,
    generation: String(generation),
    refresh_started_at: '',
    grant_status: 'connected',
  });

  test('lets another machine claim, and the first one sends nothing more', async () => {
    const first = await acme().lock(0);
    const second = await acme(open(), 60_000).lock(120_000);
    expect([await first.mayStillSend(), await second.mayStillSend()]).toEqual([false, true]);
  });

  test('is claimed anew, and its environment read anew, by the run that had claimed it and comes to it late', async () => {
    const times = { leaseMs: 200, requestLimitMs: 50, saveBudgetMs: 50 };
    const store = databaseStore(open(), makeFolder(), times);
    const when = { profile: 'min_validity', ms: 900_000, mostEarlyMs: 0 } as const;
    const at = (await store.fleet?.begin(when))?.at ?? new Date(0);
    expect(await store.fleet?.claim(when, at, 10)).toEqual(['acme']);
    const other = await acme(open(), 60_000).lock(120_000);
    await other.prepareSave({ refresh_started_at: new Date().toISOString() });
    other.keep(tokens(2, 'other'));
    await other.settle();
    await other.release();
    const late = await store.environment('acme').lock(0);
    expect(valueOf(await late.read(), 'refresh_token')).toBe('r-other');
    await late.prepareSave({ refresh_started_at: new Date().toISOString() });
    await late.release();
  });

  test('is renewed while nobody else wants it', async () => {
    const only = await acme(open(), 600_000).lock(0);
    const until = (): string => server.sql(url, 'select lease_until from evergrant.connection').trim();
    const [before, real] = [until(), performance.now.bind(performance)];
    vi.spyOn(performance, 'now').mockImplementation(() => real() + 599_950);
    expect(await only.mayStillSend()).toBe(true);
    vi.restoreAllMocks();
    expect(until()).not.toBe(before);
  });

  test('takes no answer away: the one that comes late is kept beside the one that was saved', async () => {
    const first = await acme().lock(0);
    await first.prepareSave({ refresh_started_at: new Date().toISOString() });
    const second = await acme(open(), 60_000).lock(120_000);
    await second.prepareSave({ refresh_started_at: new Date().toISOString() });
    second.keep(tokens(2, 'second'));
    await second.settle();
    first.keep(tokens(2, 'first'));
    await first.settle();
    const candidates = await second.candidates(0);
    const kept = candidates.map((one) => valueOf(one, 'refresh_token'));
    expect([new Set(kept), kept.length]).toEqual([new Set(['r-first', 'r-second', 'r1']), 3]);
    expect(valueOf(await acme().read(), 'generation')).toBe('2');
  });

  test('or not: a second answer is saved even where this disk takes no receipt any more', async () => {
    const state = path.join(makeFolder(), 'state');
    const locked = await databaseStore(open(), state).environment('acme').lock(0);
    await locked.prepareSave({});
    locked.keep(tokens(2, 'first'));
    await locked.settle();
    fs.rmSync(state, { recursive: true });
    fs.writeFileSync(state, 'a file is in the way');
    await locked.read();
    locked.keep(tokens(3, 'second'));
    await locked.settle();
    expect(valueOf(await acme().read(), 'refresh_token')).toBe('r-second');
  });

  test('makes a verdict void, not an answer', async () => {
    const first = await acme().lock(0);
    await first.read();
    await acme(open(), 60_000).lock(120_000);
    expect(await first.refuse('r1')).toBe(false);
    expect(valueOf(await acme().read(), 'grant_status')).toBe('connected');
  });

  test('renames nothing', async () => {
    const database = open();
    const first = await acme(database).lock(0);
    await acme(open(), 60_000).lock(120_000);
    await expect(renameConnection(database, first, 'acme', 'birch')).rejects.toMatchObject({ code: 'lease_over' });
    const { innerName } = await acme().read();
    expect([innerName, server.sql(url, 'select count(*) from evergrant.former_name').trim()]).toEqual(['acme', '0']);
  });

  test('does not end what the next holder has begun', async () => {
    const first = await acme().lock(0);
    const second = await acme(open(), 60_000).lock(120_000);
    await first.release();
    expect([await acme().isLocked(), await second.mayStillSend()]).toEqual([true, true]);
  });
});
