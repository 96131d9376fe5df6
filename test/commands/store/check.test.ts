import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { putConnection } from '../../../scripts/environment/database/documents';
import type { PostgresServer } from '../../support/postgres';
import { environmentText } from '../../support/servers/xero-server';
import { startProvider, type Provider } from '../../proofs/database/provider';
import { databasePlace, isLeftOut, serverOf, type DatabasePlace } from './support';

describe.skipIf(isLeftOut)('store check', () => {
  let server: PostgresServer;
  let provider: Provider;
  let place: DatabasePlace;
  beforeAll(async () => {
    server = await serverOf({});
    provider = await startProvider('newest', () => 0.5);
  });
  afterAll(async () => {
    await provider.close();
    await server.remove();
  });
  beforeEach(async () => {
    place = await databasePlace(server);
  });

  const put = (name: string): Promise<void> =>
    putConnection(
      place.database,
      name,
      environmentText(name, {
        app_type: 'pkce',
        client_id: 'the-client',
        token_url: provider.url,
        access_token: 'none',
        refresh_token: provider.issue(name),
        generation: '1',
        grant_status: 'connected',
      }),
    );
  const refresh = (): ReturnType<DatabasePlace['run']> => place.store(['refresh', 'acme', '--force']);
  const tokenOf = (name: string): string =>
    place.sql(
      `select t.refresh_token from evergrant.token_set t join evergrant.connection c using (name, generation) where c.name = '${name}'`,
    );

  test('says what the database is, and that nothing costs tokens', async () => {
    const { code, stdout, stderr } = await place.store(['store', 'check']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(
      /^127\.0\.0\.1:\d+\/test\d+: PostgreSQL \d+, as admin, store [0-9a-f-]{36}, timeline 1\nadmin is a superuser\n/,
    );
    expect(stdout).toContain('nothing here would cost tokens');
  });

  test('--json, with who holds a lease', async () => {
    await put('acme');
    place.sql(
      `update evergrant.connection set lease_owner = 'one:7:x', lease_since = now(), lease_until = now() + interval '1 h'`,
    );
    const { code, stdout } = await place.store(['store', 'check', '--json']);
    expect([code, JSON.parse(stdout)]).toMatchObject([
      0,
      {
        findings: [{ code: 'superuser', costsTokens: false }],
        leases: [{ environment: 'acme', host: 'one', process: '7' }],
        receipts: [],
      },
    ]);
  });

  test.each([
    [
      'alter role admin set default_transaction_read_only = on',
      'alter role admin reset default_transaction_read_only',
      'read_only',
    ],
    ['update evergrant.migration set min_writer = 99 where number = 1', '', 'newer_store'],
    ['delete from evergrant.migration where number = 5', '', 'not_migrated'],
  ])('ends with 2 after %s', async (spoil, mend, code) => {
    place.sql(spoil);
    try {
      const { code: exitCode, stdout } = await place.store(['store', 'check', '--json']);
      expect([exitCode, (JSON.parse(stdout) as { findings: object[] }).findings[0]]).toMatchObject([
        2,
        { code, costsTokens: true },
      ]);
    } finally {
      if (mend !== '')
        server.sql(place.url.replace(/admin@/, 'admin@') + '?options=-c%20default_transaction_read_only%3Doff', mend);
    }
  });

  test('says which rights a login lacks, and a worker lacks none', async () => {
    const roles = (await place.store(['store', 'migrate', '--print'])).stdout;
    place.sql(roles.slice(roles.indexOf('do $$')).replaceAll(/^--.*$/gm, ''));
    const login = async (role: string): Promise<[number | null, string[]]> => {
      const name = `${role}_${place.url.slice(place.url.lastIndexOf('/') + 1)}`;
      place.sql(`create role ${name} login in role ${role}`);
      const url = place.url.replace('admin@', `${name}@`);
      const { code, stdout } = await place.run(['store', 'check', '--json', '--store', url]);
      return [code, (JSON.parse(stdout) as { findings: { code: string }[] }).findings.map((one) => one.code)];
    };
    expect(await login('evergrant_worker')).toEqual([0, []]);
    expect(await login('evergrant_reader')).toEqual([0, ['reader']]);
  });

  test('says what a login lacks that was given no role, and has nothing else to say', async () => {
    const name = `No One ${place.url.slice(place.url.lastIndexOf('/') + 1)}`;
    place.sql(`create role "${name}" login`);
    const url = place.url.replace('admin@', `${encodeURIComponent(name)}@`);
    const { code, stdout } = await place.run(['store', 'check', '--json', '--store', url]);
    expect([code, JSON.parse(stdout)]).toMatchObject([
      2,
      { findings: [{ code: 'missing_rights', problem: `${name} may not use the schema evergrant` }] },
    ]);
  });

  test('before the tables are there says so', async () => {
    const empty = server.database();
    const { code, stdout } = await place.run(['store', 'check', '--store', empty]);
    expect([code, stdout]).toEqual([2, expect.stringContaining('lacks 1 connections, ')]);
  });

  test('in a restored backup nothing is refreshed until --restored, which puts back what this machine has', async () => {
    await put('acme');
    expect(await refresh()).toMatchObject({ code: 0 });
    const before = place.sql(
      `select row_to_json(c), row_to_json(t) from evergrant.connection c join evergrant.token_set t using (name, generation)`,
    );
    expect(before).not.toBe('');
    await refresh();
    const newest = tokenOf('acme');
    provider.endGrace();
    place.sql(`delete from evergrant.token_set where generation = 3; update evergrant.connection set generation = 2;
      update evergrant.store set system_identifier = '1'`); // as in an older dump, on another server
    const spent = provider.redemptions();
    const stopped = await refresh();
    expect(stopped).toMatchObject({ code: 2, stderr: expect.stringContaining('is a restored backup or a copy') });
    expect(await place.store(['store', 'check'])).toMatchObject({ code: 2 });
    const restored = await place.store(['store', 'check', '--restored']);
    expect(restored).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/is production from now on; 1 connection had newer tokens.*\n {2}acme: put back\n/),
    });
    expect([tokenOf('acme'), provider.redemptions()]).toEqual([newest, spent]);
    expect(await refresh()).toMatchObject({ code: 0 });
  });

  test('what a failover has lost goes back at the next refresh, said loudly', async () => {
    await put('acme');
    await refresh();
    await refresh();
    const newest = tokenOf('acme');
    provider.endGrace();
    place.sql(`delete from evergrant.token_set where generation = 3; update evergrant.connection set generation = 2;
      update evergrant.store set timeline = 0`);
    const { code, stderr } = await refresh();
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(
        /has failed over \(timeline 0 is 1 now\): the tokens of 1 connection are back, from this machine's receipts: acme\n/,
      ),
    ]);
    expect(place.sql(`select refresh_token from evergrant.token_set where generation = 3`)).toBe(newest);
    expect((await refresh()).stderr).toBe('');
  });

  test('--copy asks first, and empties every token and secret', async () => {
    await put('acme');
    await refresh();
    const id = place.sql('select id from evergrant.store');
    const asked = await place.store(['store', 'check', '--copy']);
    expect(asked).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--copy asks first, and there is no terminal'),
    });
    const { code, stderr } = await place.store(['store', 'check', '--copy', '--yes']);
    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining('is a copy from now on: 1 connection without tokens and secrets'),
    ]);
    expect(place.sql(`select string_agg(access_token || refresh_token, '') from evergrant.token_set`)).toBe('');
    expect(place.sql('select id from evergrant.store')).not.toBe(id);
    const status = await place.store(['status', 'acme', '--json']);
    expect(JSON.parse(status.stdout)).toMatchObject({
      environments: [{ state: 'never_connected', accessTokenExpiresAt: null, refreshTokenExpiresAt: null }],
    });
    const spent = provider.redemptions();
    expect((await refresh()).code).toBe(3);
    expect(provider.redemptions()).toBe(spent);
  });
});
