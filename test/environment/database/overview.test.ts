import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase, type Database } from '../../../scripts/environment/database/database';
import { databaseStore } from '../../../scripts/environment/database/database-store';
import { putConnection } from '../../../scripts/environment/database/documents';
import { migrate } from '../../../scripts/environment/database/migrate';
import { claimsOf } from '../../../scripts/environment/tenant';
import { valueOf } from '../../../scripts/environment/environment';
import type { EnvironmentStore, Overview, Sight } from '../../../scripts/environment/store';
import type { Attempt } from '../../../scripts/history/attempt';
import { consentedBy } from '../../../scripts/status/consented-by';
import { grantFacts } from '../../../scripts/status/grant-facts';
import { statusRow, wordOf } from '../../../scripts/status/rows';
import { makeState } from '../../../scripts/consent/state';
import { hmacSha256 } from '../../../scripts/consent/hmac';
import { dayMs } from '../../../scripts/text/duration';
import { startPostgres, whyNoPostgres, type PostgresServer } from '../../support/postgres';
import { environmentText } from '../../support/servers/xero-server';
import { makeFolder } from '../files/children';

const isRequired = process.env['POSTGRES_TESTS'] === 'required';

describe.skipIf(!isRequired && whyNoPostgres() !== undefined)('the overview of a database', () => {
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
  });
  afterEach(() => database.close());

  const now = new Date();
  const away = (days: number): string => new Date(now.getTime() + days * dayMs).toISOString();
  const jwt = (claims: object): string =>
    `eyJhbGciOiJub25lIn0.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.${'s'.repeat(40)}`;
  const overview = (): Overview => store.overview as Overview; // this store has one

  /** Everything that a status shows of a connection. */
  function shownBy(sight: Sight): object {
    if (!('environment' in sight)) return { error: sight.error };
    const { environment, lastAttempt } = sight;
    const { refreshStartedAt: startedAt, standing, ...row } = statusRow(environment, lastAttempt, now, sight);
    const minutesAgo = startedAt && Math.round((now.getTime() - startedAt.getTime()) / 60_000); // told anew at each reading
    const { detail, since, until } = standing ?? {};
    return {
      ...row,
      consentNeededBy: startedAt === null ? row.consentNeededBy : undefined,
      ...grantFacts(environment, {}),
      consentedBy: consentedBy(environment),
      standing: { detail, since: detail === 'refreshing' ? undefined : since, until },
      minutesAgo,
    };
  }

  async function collect(sights: AsyncIterable<Sight>): Promise<Sight[]> {
    const all: Sight[] = [];
    for await (const sight of sights) all.push(sight);
    return all;
  }

  /** The same, of environments that are read whole. */
  async function whole(names: readonly string[]): Promise<object[]> {
    const attempts = await store.lastAttempts();
    const all: object[] = [];
    for await (const look of store.look(names)) {
      const { given, cutOff } = { cutOff: undefined, ...look };
      const lastAttempt = attempts.get(given) ?? null;
      if (!('environment' in look)) throw look.error;
      const isLocked = await store.environment(given).isLocked();
      all.push(
        shownBy({ given, environment: look.environment, isLocked, unconfirmed: look.unconfirmed, cutOff, lastAttempt }),
      );
    }
    return all;
  }

  const instant = fc.integer({ min: -70, max: 70 }).map(away);
  const maybe = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | ''> =>
    fc.oneof(fc.constant('' as const), value);
  const text = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((one) => !one.includes('\0'));
  const claims = fc.record(
    { name: text, email: fc.emailAddress(), scope: fc.constant('openid accounting.transactions'), exp: fc.constant(1) },
    { requiredKeys: [] },
  );
  const states = fc.constantFrom(
    'not-one-of-ours',
    makeState(
      { name: 'acme', madeAt: now, goodUntil: new Date(now.getTime() + dayMs), mayReplace: false },
      { clientSecret: 'a-secret-of-some-length', clientId: 'c', redirectUri: 'r' },
      'nonce',
      hmacSha256,
    ),
  );
  const connections = fc.record({
    app_type: fc.constantFrom('web', 'pkce'),
    app: fc.constantFrom('', 'books', 'missing'),
    client_id: fc.constantFrom('', 'the-client', '{{client}}'),
    client_secret: fc.constantFrom('', 'a-secret-of-some-length'),
    scopes: fc.constantFrom('', 'openid accounting.settings'),
    access_token: fc.oneof(
      fc.constant('opaque'),
      claims.map(({ exp: _, ...rest }) => jwt(rest)),
    ),
    refresh_token: fc.constantFrom('', 'a-refresh-token'),
    access_token_expires_at: instant,
    refresh_token_expires_at: maybe(instant),
    refresh_started_at: maybe(fc.constant(away(-15 / 24 / 60))),
    generation: fc.constantFrom('', '1', '7'),
    grant_status: fc.constantFrom('', 'connected', 'consent_needed'),
    tenant_id: fc.constantFrom('', '0b8c5c5e-4f6e-4e86-9c3b-1d4d8a2f6f01', 'no id'),
    tenant_name: text,
    authorised_user_id: fc.constantFrom('', 'user-1'),
    connected_at: maybe(instant),
    removed_at: maybe(instant),
    handed_over_at: maybe(instant),
    consent_state: maybe(states),
    consent_requested_at: maybe(instant),
    code_verifier: fc.constantFrom('', 'verifier-verifier'),
  });
  const outcomes = fc.constantFrom(
    'refreshed',
    'temporary_failure',
    'refused',
    'consent_needed',
    'disconnected',
    'busy',
  );
  const attempts = fc.array(fc.record({ outcome: outcomes, minutes: fc.integer({ min: 1, max: 90_000 }) }), {
    maxLength: 3,
  });

  function attempt(outcome: Attempt['outcome'], at: Date, environment: string): Attempt {
    const none = {
      generation: null,
      before: null,
      after: null,
      status: null,
      correlation: null,
      error: null,
      moved: null,
    };
    return { at, environment, outcome, durationMs: 1, tries: 1, ...none };
  }

  test('says of every connection what reading it whole says, and counts as well only those that are', async () => {
    await store.app('books').change({ client_id: 'of-the-app', scopes: 'openid' }, 0);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(connections, attempts, fc.constantFrom('free', 'held', 'arriving', 'cut off')), {
          minLength: 5,
          maxLength: 10,
        }),
        async (made) => {
          await database.query('delete from evergrant.connection');
          await database.query('delete from evergrant.last_attempt');
          const names = made.map((_, number) => `c${number}`);
          for (const [number, [rows, tries, hold]] of made.entries()) {
            const name = `c${number}`;
            const isHandedOver = rows.handed_over_at !== '' && rows.refresh_token === '';
            const held = isHandedOver ? { ...rows, access_token: '', access_token_expires_at: '' } : rows;
            await putConnection(database, name, environmentText(name, held));
            for (const { outcome, minutes } of tries) {
              await store.environment(name).record(attempt(outcome, new Date(now.getTime() - minutes * 60_000), name));
            }
            if (hold === 'held') await store.environment(name).lock(0);
            if (hold === 'arriving' || hold === 'cut off') await arriving(name, hold === 'cut off' ? 61 : 30);
          }
          const sights = await collect(overview().sights(undefined));
          expect(sights.map(shownBy)).toEqual(await whole(names));
          const troubled = (await collect(overview().troubledSights())).map(({ given }) => given);
          const well = await overview().well(undefined, 100);
          expect([...well.names, ...troubled].toSorted()).toEqual(names.toSorted());
          const words = sights.filter(({ given }) => well.names.includes(given)).map(wordBy);
          expect({ ...well, words }).toEqual({
            count: well.names.length,
            names: well.names,
            words: words.map(() => 'connected'),
          });
        },
      ),
      { numRuns: 40 },
    );
  });

  async function arriving(name: string, seconds: number): Promise<void> {
    await database.query(
      `update evergrant.connection set lease_owner = $2, lease_until = 'infinity',
        lease_since = now() - $3::int * interval '1 second' where name = $1`,
      [name, `web2:import:${now.toISOString()}`, seconds],
    );
  }

  function wordBy(sight: Sight): string {
    if (!('environment' in sight)) return 'invalid';
    return wordOf(statusRow(sight.environment, sight.lastAttempt, now, sight));
  }

  const connected = {
    app_type: 'web',
    client_id: 'the-client',
    client_secret: 'a-secret-of-some-length',
    access_token: jwt({ name: 'Ann', exp: 4_000_000_000 }),
    refresh_token: 'a-refresh-token',
    refresh_token_expires_at: away(50),
    access_token_expires_at: away(0.01),
    generation: '1',
    grant_status: 'connected',
    authorised_user_id: 'user-1',
  };

  test('holds no token, secret or state that could be used', async () => {
    const state = makeState(
      { name: 'acme', madeAt: now, goodUntil: new Date(now.getTime() + dayMs), mayReplace: false },
      { clientSecret: connected.client_secret, clientId: 'c', redirectUri: 'r' },
      'the-nonce-of-this-state',
      hmacSha256,
    );
    await putConnection(database, 'acme', environmentText('acme', { ...connected, consent_state: state }));
    const column = server.sql(url, 'select shown from evergrant.document');
    const [sight] = await collect(overview().sights(['acme']));
    const environment = sight !== undefined && 'environment' in sight ? sight.environment : undefined;
    const all = `${column}${JSON.stringify(environment)}`;
    for (const secret of [connected.client_secret, connected.refresh_token, connected.access_token, state]) {
      expect(all).not.toContain(secret);
    }
    expect(all).not.toContain(state.split('.')[2]);
    expect(Buffer.from(all.match(/eg2\.([\w-]+)/)?.[1] ?? '', 'base64').toString()).toContain('"r":""');
    expect(environment && claimsOf(valueOf(environment, 'access_token'))).toEqual({ name: 'Ann' });
  });

  test('the first of those that are well are those whose consent ends first, of one organisation if asked', async () => {
    for (const [number, days] of [50, 10, 30].entries()) {
      const rows = { ...connected, refresh_token_expires_at: away(days), tenant_id: `tenant-${number % 2}` };
      await putConnection(database, `c${number}`, environmentText(`c${number}`, rows));
    }
    expect(await overview().well(undefined, 2)).toEqual({ count: 3, names: ['c1', 'c2'] });
    expect(await overview().well('TENANT-0', 5)).toEqual({ count: 2, names: ['c2', 'c0'] });
    expect(await overview().well('tenant-9', 5)).toEqual({ count: 0, names: [] });
  });

  test('a document that somebody has changed by hand is read whole', async () => {
    for (const name of ['acme', 'birch']) await putConnection(database, name, environmentText(name, connected));
    server.sql(url, `update evergrant.document set body = 'rubbish' where name = 'acme'`);
    expect((await overview().well(undefined, 5)).names).toEqual(['birch']);
    const [acme] = await collect(overview().troubledSights());
    expect(acme).toMatchObject({ given: 'acme', error: { code: 'not_json' } });
  });

  test('more than are read at once come in order, each once', async () => {
    await putConnection(database, 'c0', environmentText('c0', { ...connected, grant_status: 'consent_needed' }));
    for (const table of ['connection', 'document']) {
      server.sql(
        url,
        `create temp table copy as select * from evergrant.${table};
        insert into evergrant.${table} select (jsonb_populate_record(copy, jsonb_build_object('name', 'c' || n))).* from copy, generate_series(1, 4100) n`,
      );
    }
    const names = (await collect(overview().sights(undefined))).map(({ given }) => given);
    expect(names).toEqual(Array.from({ length: 4101 }, (_, number) => `c${number}`).toSorted());
    expect(await collect(overview().troubledSights())).toHaveLength(4101);
  });

  test('a name that no connection has is said to have none', async () => {
    expect(await collect(overview().sights(['acme', 'No Name']))).toMatchObject([
      { given: 'acme', error: { code: 'no_environment' } },
      { given: 'No Name', error: { code: 'bad_name' } },
    ]);
  });

  test('the owners of those whose user has several, by row or by app', async () => {
    await store.app('books').change({ client_id: 'the-client' }, 0);
    const put = (name: string, rows: object): Promise<void> =>
      putConnection(database, name, environmentText(name, { ...connected, ...rows }));
    await put('one', {});
    await put('two', { app: 'books', client_id: '' });
    await put('other-app', { client_id: 'another' });
    await put('other-user', { authorised_user_id: 'user-2' });
    await put('no-tokens', { access_token: '', refresh_token: '' });
    expect(await overview().owned()).toEqual([
      { name: 'one', owner: 'the-client user-1' },
      { name: 'other-app', owner: 'another user-1' },
      { name: 'two', owner: 'the-client user-1' },
    ]);
  });
});
