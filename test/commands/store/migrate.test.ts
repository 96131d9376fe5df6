import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { PostgresServer } from '../../support/postgres';
import { databasePlace, isLeftOut, serverOf, type DatabasePlace } from './support';

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
