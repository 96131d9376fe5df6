import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { putConnection } from '../../../scripts/environment/database/documents';
import type { PostgresServer } from '../../support/postgres';
import { environmentText } from '../../support/servers/xero-server';
import { connectedRows, databasePlace, isLeftOut, keepBeside, serverOf, type DatabasePlace } from './support';

describe.skipIf(isLeftOut)('store import', () => {
  let server: PostgresServer;
  let place: DatabasePlace;
  beforeAll(async () => {
    server = await serverOf();
  });
  afterAll(() => server.remove());
  beforeEach(async () => {
    place = await databasePlace(server);
  });

  const put = (name: string, rows: Readonly<Record<string, string>>): void =>
    place.write(name, environmentText(name, rows));
  const inDatabase = (name: string): string =>
    place.sql(`select c.generation || ' ' || c.grant_status || ' ' || coalesce(t.refresh_token, '') || ' ' || (c.lease_until is null)
      from evergrant.connection c left join evergrant.token_set t using (name, generation) where c.name = '${name}'`);

  test('moves every environment of a folder, which its files say from then on', async () => {
    put('acme', connectedRows(3));
    put('birch', { app_type: 'web', client_id: 'the-client', access_token: '', refresh_token: '' });
    const done = await place.store(['store', 'import', 'environments']);
    expect(done).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^acme: imported into 127\.0\.0\.1:\d+\/test\d+\nbirch: imported into .*\n$/),
      stderr: '',
    });
    expect([inDatabase('acme'), inDatabase('birch')]).toEqual(['3 connected refresh-3 true', '0   true']);
    expect(place.rows('acme')).toMatchObject({ access_token: '', refresh_token: '', generation: '4' });
    const refreshed = await place.run(['refresh', 'acme', '--force']);
    expect(refreshed).toMatchObject({ code: 2, stderr: expect.stringContaining('acme was handed over on') });
    expect(await place.run(['restore', 'acme'])).toMatchObject({ code: 0 }); // what it held is kept
  });

  test.each([['environments'], ['acme', 'acme-link']])(
    'moves an environment once, though a link names it again: %j',
    async (...named) => {
      put('acme', connectedRows(3));
      fs.symlinkSync(path.basename(place.fileOf('acme')), place.fileOf('acme-link'));
      const files = named.map((one) => (one === 'environments' ? one : place.fileOf(one)));
      const { code, stdout, stderr } = await place.store(['store', 'import', ...files]);
      expect([code, stdout, stderr]).toEqual([0, expect.stringMatching(/^acme: imported into [^\n]*\n$/), '']);
    },
  );

  test('again is harmless, and says so', async () => {
    put('acme', connectedRows(3));
    await place.store(['store', 'import', 'environments']);
    const text = fs.readFileSync(place.fileOf('acme'), 'utf8');
    const again = await place.store(['store', 'import', 'environments', place.fileOf('acme'), '--json']);
    expect([again.code, JSON.parse(again.stdout)]).toEqual([
      0,
      { results: [{ environment: 'acme', outcome: 'already_there', error: null }] },
    ]);
    expect(fs.readFileSync(place.fileOf('acme'), 'utf8')).toBe(text);
  });

  test('marks a file that was put back with tokens that the database has', async () => {
    put('acme', connectedRows(3));
    const before = fs.readFileSync(place.fileOf('acme'), 'utf8');
    await place.store(['store', 'import', 'environments']);
    fs.rmSync(path.join(place.folder, 'environments/.evergrant'), { recursive: true }); // another machine's copy
    place.write('acme', before);
    expect(await place.store(['store', 'import', 'environments'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('acme: was already in'),
    });
    expect(place.rows('acme')['refresh_token']).toBe('');
    expect(inDatabase('acme')).toBe('3 connected refresh-3 true');
  });

  test('refuses a name that has other tokens there, and what was handed over to elsewhere; the others are moved', async () => {
    put('acme', connectedRows(3));
    await place.store(['store', 'import', 'environments']);
    put('acme', connectedRows(7, { refresh_token: 'of-another-consent' }));
    fs.rmSync(path.join(place.folder, 'environments/.evergrant'), { recursive: true });
    put('birch', connectedRows(1));
    put('cedar', {
      ...connectedRows(1),
      access_token: '',
      refresh_token: '',
      handed_over_at: '2026-11-20T10:00:00.000Z',
    });
    place.write('dogwood', 'no JSON');
    const before = fs.readFileSync(place.fileOf('acme'), 'utf8');
    const { code, stdout, stderr } = await place.store(['store', 'import', 'environments']);
    expect([code, stdout]).toEqual([2, expect.stringMatching(/^birch: imported into .*\n$/)]);
    expect(stderr).toMatch(/acme is in .* already, and not with the tokens of \S+acme\.postman_environment\.json\n/);
    expect(stderr).toMatch(/cedar was handed over at 2026-11-20T10:00:00\.000Z, and not to /);
    expect(stderr).toMatch(/dogwood.* is not JSON/);
    expect(fs.readFileSync(place.fileOf('acme'), 'utf8')).toBe(before);
    expect(inDatabase('acme')).toBe('3 connected refresh-3 true');
  });

  test('--dry-run changes nothing', async () => {
    put('acme', connectedRows(3));
    const before = fs.readFileSync(place.fileOf('acme'), 'utf8');
    const { code, stdout } = await place.store(['store', 'import', 'environments', '--dry-run', '--json']);
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      { results: [{ environment: 'acme', outcome: 'imported', error: null, dryRun: true }] },
    ]);
    expect(fs.readFileSync(place.fileOf('acme'), 'utf8')).toBe(before);
    expect([
      place.sql('select count(*) from evergrant.connection'),
      fs.existsSync(path.join(place.folder, 'environments/.evergrant')),
    ]).toEqual(['0', false]);
  });

  test('--dry-run says of two files of one name what would become of the second', async () => {
    const others = (refreshToken: string): string => {
      const folder = path.join(place.folder, refreshToken);
      fs.mkdirSync(folder);
      const rows = connectedRows(3, { refresh_token: refreshToken });
      const file = path.join(folder, 'acme.postman_environment.json');
      fs.writeFileSync(file, environmentText('acme', rows), { mode: 0o600 });
      return file;
    };
    put('acme', connectedRows(3));
    const [same, other] = [others('refresh-3'), others('of-another-consent')];
    const dry = await place.store(['store', 'import', 'environments', same, other, '--dry-run']);
    expect(dry).toMatchObject({
      code: 2,
      stdout: expect.stringMatching(/^acme: would be imported .*\nacme: is already in .*\n$/),
      stderr: expect.stringContaining(`not with the tokens of ${other}\n`),
    });
    const done = await place.store(['store', 'import', 'environments', same, other]);
    expect(done).toMatchObject({
      code: 2,
      stdout: expect.stringMatching(/^acme: imported .*\nacme: was already in .*\n$/),
    });
  });

  test('a broken file is mended where it is, and one with another name is said once', async () => {
    place.write('acme', '{}');
    fs.writeFileSync(path.join(place.folder, 'environments/B Name.postman_environment.json'), '{}', { mode: 0o600 });
    const { code, stderr } = await place.store(['store', 'import', 'environments']);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/evergrant(\.js)? --store '' --environments \S+\/environments restore acme/),
    ]);
    expect(stderr.match(/B Name\.postman_environment\.json' is not used/g)).toHaveLength(1);
  });

  test('takes along what is kept: the mark’s time, older and waiting tokens, used codes, the app, the history', async () => {
    const markedAt = new Date(Date.now() - 600_000).toISOString();
    put('acme', connectedRows(3, { refresh_started_at: markedAt, client_secret: '', app: 'books' }));
    put('birch', connectedRows(2));
    fs.writeFileSync(path.join(place.folder, 'environments/books.app.json'), '{"client_secret":"of-the-app"}', {
      mode: 0o600,
    });
    keepBeside(place, 'acme', 'generation-2.json', environmentText('acme', connectedRows(2)));
    keepBeside(place, 'birch', 'pending.json', environmentText('birch', connectedRows(9)));
    keepBeside(place, 'birch', 'refused-2026-11-20T100000.000Z.json', environmentText('birch', connectedRows(8)));
    keepBeside(
      place,
      'birch',
      'lock',
      '{"usedCodes":["0123456789abcdef"],"postponedUntil":"2026-11-22T12:00:00.000Z"}',
    );
    keepBeside(place, 'elder', 'renamed-to', 'birch\n');
    const attempt = { at: '2026-11-22T10:00:00.000Z', environment: 'acme', outcome: 'refreshed' };
    fs.writeFileSync(path.join(place.folder, 'environments/.evergrant/log.jsonl'), `${JSON.stringify(attempt)}\n`, {
      mode: 0o600,
    });
    expect(await place.store(['store', 'import', 'environments'])).toMatchObject({ code: 0, stderr: '' });
    const ageSeconds = Number(
      place.sql(
        `select extract(epoch from clock_timestamp() - spending_since) from evergrant.connection where name = 'acme'`,
      ),
    );
    expect(Math.abs(ageSeconds - 600)).toBeLessThan(300); // the machine may be slow, and an age of none is another
    const found = (sql: string): string[] => place.sql(sql).split('\n');
    expect(found('select name, generation, refresh_token from evergrant.token_set order by 1, 2')).toEqual([
      'acme|2|refresh-2',
      'acme|3|refresh-3',
      'birch|2|refresh-2',
      expect.stringMatching(/^birch#pending\|9\|refresh-9$/),
      expect.stringMatching(/^birch#refused-.*\|8\|refresh-8$/),
    ]);
    expect(
      found(`select used_codes, retry_after = '2026-11-22T12:00:00Z' from evergrant.connection where name = 'birch'`),
    ).toEqual(['{0123456789abcdef}|t']);
    expect(found(`select name, entry->>'outcome' from evergrant.attempt order by id`)).toEqual([
      'acme|refreshed',
      'acme|taken_over',
      'birch|taken_over',
    ]);
    expect(found('select name, body from evergrant.app')).toEqual(['books|{', '  "client_secret": "of-the-app"', '}']);
    expect(found('select name, given from evergrant.former_name')).toEqual(['elder|birch']);
    expect((await place.run(['exchange', 'birch', '--replace'])).code).not.toBe(0); // nothing waits in the file any more
    expect((await place.store(['status', 'acme'])).stdout).toContain('interrupted');
  });

  describe('the clients of a folder', () => {
    const list = (sql = 'select body from evergrant.clients'): { id: string; environments: string[] | null }[] =>
      (JSON.parse(place.sql(sql)) as { clients: { id: string; environments: string[] | null }[] }).clients;
    const add = async (id: string, ...more: string[]): Promise<void> =>
      expect(await place.run(['client', 'add', id, ...more])).toMatchObject({ code: 0 });
    beforeEach(async () => {
      put('acme', connectedRows(3));
      put('birch', connectedRows(4));
      await add('billing', '--for', 'acme');
      await add('reports', '--all');
    });

    test('come along, once, with the same secrets', async () => {
      const file = path.join(place.folder, 'environments/.evergrant/clients.json');
      const planned = await place.store(['store', 'import', 'environments', '--dry-run']);
      expect([planned.stdout, list()]).toEqual([expect.stringContaining('client billing: would be imported into'), []]);
      const done = await place.store(['store', 'import', 'environments']);
      expect(done).toMatchObject({
        code: 0,
        stderr: '',
        stdout: expect.stringContaining('client reports: imported into'),
      });
      expect(list()).toEqual((JSON.parse(fs.readFileSync(file, 'utf8')) as { clients: unknown }).clients);
      await place.store(['client', 'rotate', 'billing']);
      const after = list();
      const again = await place.store(['store', 'import', 'environments', '--json']);
      expect([again.code, (JSON.parse(again.stdout) as { clients: unknown }).clients, list()]).toEqual([
        0,
        ['billing', 'reports'].map((client) => ({ client, outcome: 'already_there', error: null })),
        after,
      ]);
    });

    test('may have what they could have, where the database has other environments', async () => {
      await putConnection(place.database, 'other', environmentText('other', connectedRows(2)));
      await place.store(['store', 'import', 'environments']);
      expect(list().map(({ id, environments }) => [id, environments])).toEqual([
        ['billing', ['acme']],
        ['reports', ['acme', 'birch']],
      ]);
    });

    test('stay where others than all of its environments are named, which is said', async () => {
      const { code, stderr } = await place.store(['store', 'import', place.fileOf('acme')]);
      expect([code, stderr]).toEqual([0, expect.stringContaining('note: 2 clients of ')]);
      expect(list()).toEqual([]);
    });

    test('one whose id another client has there is refused, and the others come', async () => {
      await place.store(['client', 'add', 'billing', '--all']);
      const { code, stderr } = await place.store(['store', 'import', 'environments']);
      expect([code, stderr]).toEqual([2, expect.stringContaining('the client billing of ')]);
      expect(list().map(({ id, environments }) => [id, environments])).toEqual([
        ['billing', null],
        ['reports', null],
      ]);
    });
  });

  describe('one that was cut off, whose file is lost', () => {
    const cutOff = async (secondsAgo = 0): Promise<void> => {
      put('acme', connectedRows(3));
      await place.store(['store', 'import', 'environments']);
      fs.rmSync(path.join(place.folder, 'environments'), { recursive: true });
      const owner = `web2:import:${new Date().toISOString()}`;
      place.sql(
        `update evergrant.connection set lease_owner = '${owner}', lease_until = 'infinity',
          lease_since = now() - interval '${secondsAgo} seconds'`,
      );
    };

    test('is named by every command that would use it, and by store check, with the way to go on', async () => {
      await cutOff();
      const way = 'npx evergrant store import --lost acme';
      expect(await place.store(['refresh', 'acme', '--wait', '0s'])).toMatchObject({
        code: 5,
        stderr: expect.stringContaining(way),
      });
      expect((await place.store(['store', 'check'])).stdout).toContain(way);
    });

    const everyMonitor = [
      ['status', '--check'],
      ['status', '--check', '--problems'],
      ['status', '--nagios'],
      ['refresh', '--all'],
      ['refresh', '--all', '--json'],
      ['refresh', 'acme'],
    ];

    test('is no news while it may go on, and a minute later every monitor says that a person must act', async () => {
      await cutOff(30);
      for (const table of ['connection', 'token_set']) {
        place.sql(`update evergrant.${table} set access_token_expires_at = now() + interval '25 minutes',
          refresh_token_expires_at = now() + interval '59 days'`);
      }
      for (const args of everyMonitor) expect(await place.store(args)).toMatchObject({ code: 0, stderr: '' });
      place.sql(`update evergrant.connection set lease_since = now() - interval '61 seconds'`);
      for (const args of everyMonitor) {
        const { code, stdout, stderr } = await place.store(args);
        expect([args, code]).toEqual([args, 2]);
        expect(stdout + stderr).toMatch(
          args.includes('--nagios') ? /1 import cut off \(acme\)/ : /store import --lost acme/,
        );
      }
      expect((await place.store(['status', '--state', 'import_cut_off'])).stdout).toContain('acme');
      const { environments } = JSON.parse((await place.store(['status', '--json'])).stdout) as {
        environments: object[];
      };
      expect(environments).toMatchObject([
        { state: 'connected', detail: 'import_cut_off', error: { code: 'import_cut_off' } },
      ]);
      await place.store(['status', '--metrics', 'run.prom']);
      expect(fs.readFileSync(path.join(place.folder, 'run.prom'), 'utf8')).toContain('{detail="import_cut_off"} 1');
    });

    test('goes on with the copy in the database once a person has said so', async () => {
      await cutOff();
      expect(await place.store(['store', 'import', '--lost', 'acme'])).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('--lost asks first, and there is no terminal'),
      });
      expect(inDatabase('acme')).toBe('3 connected refresh-3 false');
      expect(await place.store(['store', 'import', '--lost', 'acme', '--yes'])).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^acme: imported into /),
      });
      expect(inDatabase('acme')).toBe('3 connected refresh-3 true');
      expect(await place.store(['remove', 'acme', '--yes'])).toMatchObject({ code: 0 });
    });

    test('one that is there, or is not, is not cut off', async () => {
      put('acme', connectedRows(3));
      await place.store(['store', 'import', 'environments']);
      expect(await place.store(['store', 'import', '--lost', 'acme', '--yes'])).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('was cut off: it is there'),
      });
      expect(await place.store(['store', 'import', '--lost', 'birch', '--yes'])).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('there is no environment birch'),
      });
    });
  });

  test('refuses a folder without environments, what is not there, and files as the store', async () => {
    fs.mkdirSync(path.join(place.folder, 'empty'));
    expect(await place.store(['store', 'import', 'empty'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no environment file in'),
    });
    expect(await place.store(['store', 'import', 'nowhere'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no file or folder nowhere'),
    });
    expect(await place.store(['store', 'import'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('say which files'),
    });
    expect(await place.store(['store', 'import', 'x', '--lost', 'acme'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--lost takes no files'),
    });
    expect(await place.run(['store', 'import', 'environments'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there is no database'),
    });
  });
});
