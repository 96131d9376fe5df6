import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { putConnection } from '../../../scripts/environment/database/documents';
import type { PostgresServer } from '../../support/postgres';
import { environmentText } from '../../support/servers/xero-server';
import { connectedRows, databasePlace, isLeftOut, serverOf, type DatabasePlace } from './support';

describe.skipIf(isLeftOut)('store migrate --print', () => {
  let server: PostgresServer;
  let place: DatabasePlace;
  beforeAll(async () => {
    server = await serverOf();
  });
  afterAll(() => server.remove());
  beforeEach(async () => {
    place = await databasePlace(server);
  });

  const printed = async (): Promise<string> => (await place.store(['store', 'migrate', '--print'])).stdout;

  test('prints every table where no database is named, which an administrator runs', async () => {
    const { code, stdout, stderr } = await place.run(['store', 'migrate', '--print']);
    expect([code, stderr]).toEqual([0, '']);
    const other = server.database();
    server.sql(other, stdout);
    const named = await place.run(['store', 'migrate'], { variables: { EVERGRANT_STORE: other } });
    expect(named.stdout).toMatch(/ is up to date\n$/);
  });

  test('prints the rights alone where a database lacks nothing, and they may be given again', async () => {
    const text = await printed();
    expect(text).toMatch(/^-- \S+ lacks nothing\.\n\n-- Rights: /);
    place.sql(text);
    place.sql(text);
  });

  test('prints what a database lacks, and no more', async () => {
    const last = place.sql('select number, title from evergrant.migration order by number desc limit 1');
    place.sql('delete from evergrant.migration where number = (select max(number) from evergrant.migration)');
    const text = await printed();
    expect(text.match(/^-- \d+: .+$/gm)).toEqual([`-- ${last.replace('|', ': ')}`]);
  });

  test('prints all, and says so, where the database can not be asked yet', async () => {
    const variables = { EVERGRANT_STORE: place.url.replace(/\w+$/, 'not_made_yet') };
    const { code, stdout, stderr } = await place.run(['store', 'migrate', '--print'], { variables });
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^note: all tables are printed, because .+3D000.+\n$/)]);
    expect(stdout).toContain('create table evergrant.connection');
  });
});

describe.skipIf(isLeftOut)('store migrate', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await serverOf();
  });
  afterAll(() => server.remove());

  test('notes what is shown of connections of which nothing is noted, and leaves out one that makes no sense', async () => {
    const place = await databasePlace(server);
    const noted = `select name, shown, user_id, is_plain from evergrant.document join evergrant.connection using (name) order by name`;
    for (const name of ['acme', 'birch', 'cedar']) {
      const rows = connectedRows(3, { authorised_user_id: 'user-1', tenant_name: 'Maple Bakery' });
      await putConnection(place.database, name, environmentText(name, rows));
    }
    const before = place.sql(noted);
    place.sql(`update evergrant.document set body = 'rubbish' where name = 'birch'`);
    place.sql(
      `update evergrant.document set shown = null, user_id = ''; update evergrant.connection set is_plain = false`,
    );
    expect(await place.store(['store', 'migrate'])).toMatchObject({ code: 0 });
    const [acme, , cedar] = before.split('\n');
    expect(place.sql(noted).split('\n')).toEqual([acme, 'birch|||f', cedar]);
  });
});
