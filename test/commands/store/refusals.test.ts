import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { putConnection } from '../../../scripts/environment/database/documents';
import type { PostgresServer } from '../../support/postgres';
import { environmentText } from '../../support/servers/xero-server';
import { connectedRows, databasePlace, isLeftOut, serverOf, type DatabasePlace } from './support';

describe.skipIf(isLeftOut)('a program refuses', () => {
  let server: PostgresServer;
  let place: DatabasePlace;
  beforeAll(async () => {
    server = await serverOf();
  });
  afterAll(() => server.remove());
  beforeEach(async () => {
    place = await databasePlace(server);
    const valid = new Date(Date.now() + 25 * 60_000).toISOString();
    const rows = connectedRows(3, { access_token_expires_at: valid });
    await putConnection(place.database, 'acme', environmentText('acme', rows));
    fs.writeFileSync(path.join(place.folder, 'other.json'), environmentText('birch', connectedRows(2)));
  });

  const everything = (): string =>
    ['connection', 'document', 'app', 'clients', 'key_ring', 'token_set', 'store']
      .map((table) => place.sql(`select coalesce(json_agg(t)::text, '') from evergrant.${table} t`))
      .join('\n');

  const writing = [
    ['init', 'birch', '--app-type', 'web'],
    ['set', 'acme', 'sender=Us'],
    ['set', '--app', 'books', 'redirect_uri=https://app.example/back'],
    ['client', 'add', 'billing', '--all'],
    ['key', 'init', '--to', 'a.key'],
    ['adopt', 'birch', 'other.json'],
    ['refresh', 'acme', '--force'],
    ['store', 'export', 'acme', 'out', '--hand-over'],
  ];
  const reading = [['status'], ['list'], ['log', 'acme'], ['client', 'list']];

  async function refused(all: readonly (readonly string[])[], words: string): Promise<void> {
    fs.rmSync(path.join(place.folder, 'a.key'), { force: true }); // a key is written before its ring
    const before = everything();
    const found: unknown[] = [];
    for (const args of all) {
      const { code, stdout, stderr } = await place.store(args);
      found.push([args, code, stdout + stderr, everything() === before]);
    }
    expect(found).toEqual(all.map((args): unknown[] => [args, 2, expect.stringContaining(words), true]));
  }

  test('to write in a database that a newer version has migrated, and to read where that says so', async () => {
    place.sql(`insert into evergrant.migration values (999, 'future', 'x', 1, 999)`);
    await refused([...writing, ['store', 'migrate']], 'was migrated by a newer version');
    for (const args of reading) expect(await place.store(args)).toMatchObject({ code: 0 });
    place.sql('update evergrant.migration set min_reader = 999 where number = 999');
    await refused([...writing, ...reading, ['serve', '--listen', '127.0.0.1:0']], 'was migrated by a newer version');
  });

  test('a database that is migrated only partly', async () => {
    place.sql('delete from evergrant.migration where number > 6');
    await refused([...writing, ...reading], 'lacks tables or columns of this version');
  });

  test('to write in a copy and to use its tokens, and tells those who look', async () => {
    place.sql(`update evergrant.store set system_identifier = '1', database_name = current_database()`);
    const spending = [
      ['token', 'acme'],
      ['exec', 'acme', '--', 'true'],
      ['refresh', 'acme'],
      ['refresh', '--all'],
    ];
    await refused([...writing, ...spending, ['doctor']], 'is a restored backup or a copy');
    for (const args of reading) {
      const { code, stderr } = await place.store(args);
      expect([args, code, stderr]).toEqual([args, 0, expect.stringContaining('npx evergrant store check --copy')]);
    }
    const settled = await place.store(['store', 'check', '--restored']);
    expect(settled.stderr).toContain('is production from now on');
    expect(await place.store(['token', 'acme'])).toMatchObject({ code: 0, stdout: 'access-3\n', stderr: '' });
  });
});
