import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase, type Database } from '../../../scripts/environment/database/database';
import { databaseStore } from '../../../scripts/environment/database/database-store';
import { putConnection } from '../../../scripts/environment/database/documents';
import { migrate } from '../../../scripts/environment/database/migrate';
import type { DueWhen, SharedFleet } from '../../../scripts/environment/store';
import { canaryEnvironment, canaryName } from '../../support/canary-environment';
import { startPostgres, whyNoPostgres, type PostgresServer } from '../../support/postgres';
import { makeWorkplace, type Result } from '../../support/program';
import { startProgram } from '../../support/running';
import { startCanaryServer, type CanaryServer } from '../../support/servers/canary-server';
import { environmentText } from '../../support/servers/xero-server';

const isRequired = process.env['POSTGRES_TESTS'] === 'required';

describe.skipIf(!isRequired && whyNoPostgres() !== undefined)('a fleet in PostgreSQL', () => {
  let server: PostgresServer;
  let database: Database;
  let url: string;

  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.remove());
  beforeEach(async () => {
    url = server.database();
    database = openDatabase(url, 'test', 2);
    await migrate(database);
  });
  afterEach(() => database.close());

  describe('what is due', () => {
    const soon: DueWhen = { profile: 'min_validity', ms: 15 * 60_000, mostEarlyMs: 0 };
    const minutes = (count: number): string => new Date(Date.now() + count * 60_000).toISOString();
    const connected = {
      app_type: 'web',
      access_token: 'a1',
      refresh_token: 'r1',
      generation: '1',
      grant_status: 'connected',
      access_token_expires_at: minutes(20),
      refresh_token_expires_at: minutes(60 * 24 * 60),
    };

    function fleet(own = database): SharedFleet {
      return databaseStore(own, makeWorkplace().folder).fleet as SharedFleet; // this store has one
    }

    async function put(name: string, rows: Readonly<Record<string, string>>): Promise<void> {
      await putConnection(database, name, environmentText(name, { ...connected, ...rows }));
    }

    async function claimed(when = soon): Promise<readonly string[]> {
      const own = fleet();
      const { at, due } = await own.begin(when);
      const names = await own.claim(when, at, 100);
      expect(names.length).toBe(due);
      return names.toSorted();
    }

    test('is claimed with the knowledge of whether tokens wait beside it', async () => {
      for (const name of ['acme', 'bakery']) await put(name, { access_token_expires_at: minutes(-1) });
      const pending = environmentText('acme', connected);
      await putConnection(database, 'acme#pending', pending, { of: 'acme', kind: 'pending' });
      const store = databaseStore(database, makeWorkplace().folder);
      const own = store.fleet as SharedFleet; // this store has one
      const { at } = await own.begin(soon);
      expect((await own.claim(soon, at, 10)).toSorted()).toEqual(['acme', 'bakery']);
      const waiting = ['acme', 'bakery'].map((name) => store.environment(name).hasPending());
      expect(await Promise.all(waiting)).toEqual([true, false]);
    });

    test.each([
      ['good for longer', {}, false],
      ['nearly expired', { access_token_expires_at: minutes(14) }, true],
      ['of an unknown expiry', { access_token_expires_at: '' }, true],
      ['cut off', { refresh_started_at: minutes(-1) }, true],
      ['ended', { grant_status: 'consent_needed', access_token_expires_at: minutes(-9) }, false],
      ['never connected', { access_token: '', refresh_token: '', access_token_expires_at: '' }, false],
      [
        'handed over',
        { access_token: '', refresh_token: '', access_token_expires_at: '', handed_over_at: minutes(-5) },
        false,
      ],
      [
        'a custom connection, never asked for',
        { app_type: 'custom_connection', access_token: '', refresh_token: '', access_token_expires_at: '' },
        true,
      ],
    ] as const)('one %s: %s', async (_, rows, isDue) => {
      await put('acme', rows);
      expect(await claimed()).toEqual(isDue ? ['acme'] : []);
    });

    test('one that is kept alive: a day after its rotation', async () => {
      await put('young', {
        refresh_token_expires_at: minutes(60 * (60 * 24 - 23)),
        access_token_expires_at: minutes(-9),
      });
      await put('old', { refresh_token_expires_at: minutes(60 * (60 * 24 - 25)) });
      expect(await claimed({ profile: 'keep_alive', ms: 0, mostEarlyMs: 0 })).toEqual(['old']);
    });

    test('some are due early, by a share that each token set has of its own', async () => {
      for (let number = 0; number < 50; number++)
        await put(`c${number}`, { access_token: `a-${number}`, access_token_expires_at: minutes(20) });
      const early = await claimed({ ...soon, mostEarlyMs: 10 * 60_000 });
      expect(early.length).toBeGreaterThan(10);
      expect(early.length).toBeLessThan(40);
    });

    test('one run takes each once, and leaves those that another holds', async () => {
      for (let number = 0; number < 10; number++) await put(`c${number}`, { access_token_expires_at: minutes(1) });
      const other = openDatabase(url, 'test', 2);
      const [one, two] = [fleet(), fleet(other)];
      const { at } = await one.begin(soon);
      const [first, second] = await Promise.all([one.claim(soon, at, 4), two.claim(soon, at, 4)]);
      expect(new Set([...first, ...second]).size).toBe(8);
      for (const name of first) await one.drop(name);
      expect(await one.claim(soon, at, 10)).toHaveLength(2);
      await other.close();
    });

    test.each([
      [soon, 'access_token_expires_at', 0],
      [{ profile: 'keep_alive', ms: 0, mostEarlyMs: 0 }, 'refresh_token_expires_at', 60 * 24 * 30],
    ] as const)('%j: what was cut off comes first, then what expires first', async (when, column, later) => {
      const expiries = { e: later + 3, c: later + 1, d: later + 2, a: later + 9 };
      for (const [name, at] of Object.entries(expiries)) await put(name, { [column]: minutes(at) });
      await put('b', { [column]: '' });
      await put('z', { [column]: minutes(later + 5), refresh_started_at: minutes(-1) });
      const own = fleet();
      const { at } = await own.begin(when);
      const order: string[] = [];
      for (let names = ['']; names.length > 0; order.push(...names)) names = [...(await own.claim(when, at, 2))];
      expect(order.join('')).toMatch(/^(zb|bz)cdea$/);
    });

    test('what another process held is claimed once it is free', async () => {
      for (const name of ['a', 'b', 'c']) await put(name, { access_token_expires_at: minutes(1) });
      const held = await databaseStore(database, makeWorkplace().folder).environment('b').lock(0);
      const own = fleet();
      const { at } = await own.begin(soon);
      expect(await own.claim(soon, at, 2)).toEqual(['a', 'c']);
      await held.release();
      expect(await own.claim(soon, at, 2)).toEqual(['b']);
      expect(await own.claim(soon, at, 2)).toEqual([]);
    });

    test('many are claimed as quickly as few', async () => {
      const rows = `insert into evergrant.connection (name, inner_name, app_type, has_tokens, access_token_expires_at, grant_status)
        select 'c' || n, '', 'pkce', true, now() - n * interval '1 second', 'connected' from generate_series($1::int, $2::int) n`;
      const claimMs = async (): Promise<number> => {
        const own = fleet();
        const { at } = await own.begin(soon);
        const each: number[] = [];
        for (let claims = 0; claims < 15; claims++) {
          const start = performance.now();
          expect(await own.claim(soon, at, 10)).toHaveLength(10);
          each.push(performance.now() - start);
        }
        return each.toSorted((a, b) => a - b)[7] ?? 0;
      };
      await database.query(rows, [1, 400]);
      const few = await claimMs();
      await database.query('update evergrant.connection set lease_until = null, claimed_at = null');
      await database.query(rows, [401, 40_000]);
      expect((await claimMs()) / few).toBeLessThan(6);
    });

    test('what a run has something to say of is read, whether it is due or not', async () => {
      await put('well', {});
      await put('ended', { grant_status: 'consent_needed' });
      await put('new', { access_token: '', refresh_token: '' });
      expect(await fleet().noteworthy(false)).toEqual(['ended', 'new']);
      expect(await fleet().noteworthy(true)).toEqual(['ended', 'new', 'well']);
    });
  });

  describe('refreshed by several runs at once', () => {
    let xero: CanaryServer;
    beforeEach(async () => {
      xero = await startCanaryServer(20);
    });
    afterEach(() => xero.close());

    async function connect(count: number): Promise<void> {
      for (let number = 0; number < count; number++) {
        await putConnection(database, canaryName(number), canaryEnvironment(xero.url, number, {}));
      }
    }

    /** A run on a machine of its own. */
    function refreshAll(...more: string[]): Promise<Result> {
      const variables = { EVERGRANT_STORE: url };
      return makeWorkplace().run(['refresh', '--all', '--no-jitter', ...more], { variables });
    }

    test('each is redeemed once, and nobody waits or complains', async () => {
      await connect(60);
      const runs = await Promise.all([1, 2, 3, 4].map(() => refreshAll()));
      expect(runs.map(({ code, stderr }) => [code, stderr])).toEqual(Array(4).fill([0, '']));
      expect(
        runs.flatMap(({ stdout }) => stdout.trim().split('\n')).filter((line) => line.includes(': refreshed')),
      ).toHaveLength(60);
      expect([...xero.grants.values()]).toEqual(Array(60).fill(1));
    });

    test('several processes of a run share them, too', async () => {
      await connect(30);
      const { code, stdout, stderr } = await refreshAll('--processes', '2');
      expect([code, stderr, stdout.trim().split('\n').length]).toEqual([0, '', 30]);
      expect([...xero.grants.values()]).toEqual(Array(30).fill(1));
    });

    test.each(['1', '2'])('a signal to a run of %s processes frees what is only claimed', async (processes) => {
      await connect(60);
      const options = ['--all', '--no-jitter', '--concurrency', '4', '--processes', processes];
      const variables = { EVERGRANT_STORE: url };
      const running = startProgram(makeWorkplace().folder, ['refresh', ...options], { variables });
      let arrived = 0;
      xero.delay(() => {
        if (++arrived === 5) running.signal('SIGTERM'); // the first is answered: more is claimed than is begun
        return arrived === 1 ? 0 : 1000;
      });
      expect(await running.ended).toMatchObject({ code: 143, stderr: '' });
      const counted = `select count(*) filter (where generation = 2), count(lease_until), count(spending_since)`;
      expect(server.sql(url, `${counted} from evergrant.connection`)).toBe(`${xero.grants.size}|0|0\n`);
      expect(xero.grants.size).toBeLessThan(60);
    });

    test('two that hold tokens of one user and app are named, once', async () => {
      for (const number of [0, 1]) {
        const text = canaryEnvironment(xero.url, number);
        const shared = text.replace(/"user #\d+#"/, '"user-1"').replace(/"client #\d+#"/, '"the-client"');
        await putConnection(database, canaryName(number), shared);
      }
      const note = `note: ${canaryName(0)} and ${canaryName(1)} are of the same Xero user and app`;
      expect((await refreshAll()).stderr).toContain(note);
      await database.query(`update evergrant.connection set access_token_expires_at = now()`);
      expect(await refreshAll()).toMatchObject({ code: 0, stderr: '' });
      const status = await makeWorkplace().run(['status'], { variables: { EVERGRANT_STORE: url } });
      expect(status.stderr).toContain(note);
    });

    test('one that fails is tried once a run, and stops no other', async () => {
      await connect(6);
      xero.treat((number) => (number === 2 ? 'error' : 'grant'));
      const { code, stdout } = await refreshAll('--patience', '0s');
      expect([code, stdout.trim().split('\n').length]).toEqual([4, 5]);
      expect(xero.grants.size).toBe(5);
    });
  });
});
