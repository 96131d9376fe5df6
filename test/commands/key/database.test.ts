import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { putConnection } from '../../../scripts/environment/database/documents';
import type { PostgresServer } from '../../support/postgres';
import { refusal } from '../../support/refusal';
import type { Result } from '../../support/program';
import { startXeroServer, type XeroServer } from '../../support/servers/xero-server';
import { databasePlace, isLeftOut, serverOf, type DatabasePlace } from '../store/support';

describe.skipIf(isLeftOut)('a database in which secrets are sealed', () => {
  let server: PostgresServer;
  let xero: XeroServer;
  let place: DatabasePlace;
  let keyFile: string;
  /** The database as it was before it had data keys. */
  let unsealedDump: string;

  beforeAll(async () => {
    server = await serverOf();
    xero = await startXeroServer();
  });
  afterAll(async () => {
    await xero.close();
    await server.remove();
  });
  beforeEach(async () => {
    place = await databasePlace(server);
    keyFile = path.join(place.folder, 'the.key');
    await putConnection(place.database, 'acme', xero.environment('web', 'acme', xero.connectedRows()));
    await place.store(['refresh', 'acme', '--force']);
    unsealedDump = server.dump(place.url);
    await place.store(['key', 'init', '--to', keyFile]);
    expect(await run('seal', '--all')).toMatchObject({ code: 0, stdout: '1 environment sealed\n' });
  });

  const run = (...args: string[]): Promise<Result> => place.store(args, { variables: { EVERGRANT_KEY_FILE: keyFile } });
  const token = async (): Promise<string> => (await run('token', 'acme')).stdout.trim();

  /** The database as a dump has it, and every file of this machine but the key. */
  function everything(): string {
    const files = fs.readdirSync(place.folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
    const texts = files.filter(({ name }) => !name.endsWith('.key')).map((one) => path.join(one.parentPath, one.name));
    return [server.dump(place.url), ...texts.map((file) => fs.readFileSync(file, 'utf8'))].join('\n');
  }

  test('has no secret in a dump or in a receipt, and refreshes', async () => {
    const before = await token();
    expect(await run('refresh', 'acme', '--force')).toMatchObject({ code: 0 });
    const after = await token();
    expect(after).not.toBe(before);
    const text = everything();
    expect(text).toMatch(/"changes":\{"access_token":"evergrant:1:/); // a receipt
    for (const secret of [before, after, ...xero.secrets]) expect(text).not.toContain(secret);
  });

  test('needs the key for what spends or shows tokens alone', async () => {
    for (const args of [['status'], ['list'], ['log', 'acme']]) {
      expect(await place.store(args)).toMatchObject({ code: 0, stderr: '' });
    }
    const spent = xero.requests.length;
    for (const args of [
      ['refresh', 'acme', '--force'],
      ['token', 'acme'],
      ['rename', 'acme', 'birch'],
    ]) {
      expect(await place.store(args)).toMatchObject(
        refusal(2, /is sealed, and this process has no key/, /EVERGRANT_KEY_FILE/),
      );
    }
    expect(xero.requests.length).toBe(spent);
    expect(place.sql('select spending_since from evergrant.connection')).toBe('');
  });

  test('goes on under another name, and with what is kept of it', async () => {
    expect(await run('rename', 'acme', 'birch')).toMatchObject({ code: 0 });
    expect(await run('refresh', 'birch', '--force')).toMatchObject({ code: 0 });
    expect(await run('restore', 'birch')).toMatchObject({ code: 0 });
    expect(await run('refresh', 'birch', '--force')).toMatchObject({ code: 0 });
  });

  test('finishes a renaming that was cut off before its secrets were sealed for the new name', async () => {
    const renamed = `update evergrant.connection set name = 'birch', inner_name = 'birch'`;
    place.sql(`${renamed}; insert into evergrant.former_name (name, given) values ('acme', 'birch')`);
    expect(await run('refresh', 'birch', '--force')).toMatchObject({ code: 2 });
    expect(await run('rename', 'acme', 'birch')).toMatchObject({ code: 0 });
    expect(await run('refresh', 'birch', '--force')).toMatchObject({ code: 0 });
  });

  test.each([
    ['another row', `update evergrant.token_set set access_token = refresh_token, refresh_token = access_token`],
    [
      'another generation',
      `update evergrant.token_set set generation = generation + 10; update evergrant.connection set generation = generation + 10`,
    ],
    [
      'another byte',
      `update evergrant.token_set set refresh_token = left(refresh_token, -1) || case right(refresh_token, 1) when 'A' then 'B' else 'A' end`,
    ],
  ])('refuses a value in %s, and spends nothing', async (_, change) => {
    const spent = xero.requests.length;
    place.sql(change);
    expect(await run('refresh', 'acme', '--force')).toMatchObject(
      refusal(2, /was not sealed for this place, or was changed/, /./),
    );
    expect(xero.requests.length).toBe(spent);
  });

  test('is resealed with new keys while it works, and then opens with the new key alone', async () => {
    const next = path.join(place.folder, 'next.key');
    expect(await run('key', 'rotate', '--to', next)).toMatchObject({ code: 0 });
    expect(await run('refresh', 'acme', '--force')).toMatchObject({ code: 0 });
    const withNext = (...args: string[]): Promise<Result> =>
      place.store(args, { variables: { EVERGRANT_KEY_FILE: next } });
    expect(await withNext('key', 'reseal')).toMatchObject({ code: 0 });
    expect(await withNext('key', 'retire')).toMatchObject(
      refusal(
        2,
        /receipts of other machines may need the older data keys for another/,
        /npx evergrant key retire --now/,
      ),
    );
    expect(await withNext('key', 'retire', '--now')).toMatchObject({ code: 0 });
    expect(await withNext('refresh', 'acme', '--force')).toMatchObject({ code: 0 });
    expect(await withNext('restore', 'acme')).toMatchObject({ code: 0 });
    expect(await run('refresh', 'acme', '--force')).toMatchObject(
      refusal(2, /does not open/, /npx evergrant key status/),
    );
  });

  test.each([
    ['of before new data keys', async () => server.dump(place.url)],
    ['of before anything was sealed', async () => unsealedDump],
  ])('that is a backup %s takes back what receipts have', async (_, dump) => {
    const backup = await dump();
    expect(await run('key', 'rotate')).toMatchObject({ code: 0 });
    expect(await run('refresh', 'acme', '--force')).toMatchObject({ code: 0 });
    const newest = await token();
    const file = path.join(place.folder, 'backup.sql');
    fs.writeFileSync(file, backup);
    fs.chmodSync(place.folder, 0o755); // the server's own user reads it
    const restored = server.database();
    server.sql(restored, `\\i ${file}`);
    const there = (...args: string[]): Promise<Result> =>
      place.run(args, { variables: { EVERGRANT_STORE: restored, EVERGRANT_KEY_FILE: keyFile } });
    expect(await there('refresh', 'acme', '--force')).toMatchObject({ code: 2 });
    expect(await there('store', 'check', '--restored')).toMatchObject({
      stderr: expect.stringContaining('acme: put back') as string,
    });
    expect((await there('token', 'acme')).stdout.trim()).toBe(newest);
    expect(await there('refresh', 'acme', '--force')).toMatchObject({ code: 0 });
  });

  test('seals the secret of an app for all machines', async () => {
    fs.writeFileSync(path.join(place.folder, 'secret'), 'another-secret-0123456789-0123456789\n');
    const file = path.join(place.folder, 'secret');
    expect(
      await run('set', '--app', 'books', 'client_id=THE-CLIENT-OF-THE-BOOKS', '--secret-from', file),
    ).toMatchObject({ code: 0 });
    fs.rmSync(file);
    expect(everything()).not.toContain('another-secret');
    expect(await run('key', 'rotate')).toMatchObject({ code: 0 });
    expect(await run('key', 'reseal')).toMatchObject({ code: 0 });
    expect(place.sql('select body from evergrant.app')).toMatch(/"client_secret": "evergrant:1:/);
  });

  test('begins anew when the key is lost, and leaves what nobody can open', async () => {
    const secret = [...xero.secrets].find((one) => one.startsWith('web-')) ?? '';
    fs.writeFileSync(path.join(place.folder, 'secret'), `${secret}\n`);
    fs.rmSync(keyFile);
    expect(await run('key', 'init', '--lost', '--to', keyFile)).toMatchObject({ code: 0 });
    expect(await run('set', 'acme', '--secret-from', path.join(place.folder, 'secret'))).toMatchObject({ code: 0 });
    const { stdout: link } = await run('consent', 'acme', '--no-check');
    expect(await run('exchange', 'acme', xero.consent(link.trim()))).toMatchObject({ code: 0 });
    expect(await run('refresh', 'acme', '--force')).toMatchObject({ code: 0 });
    expect(await run('key', 'rotate')).toMatchObject({ code: 0 });
    expect(await run('key', 'retire', '--now')).toMatchObject({ code: 0 });
    expect(await run('refresh', 'acme', '--force')).toMatchObject({ code: 0 });
  });

  test('is opened again for one environment', async () => {
    expect(await run('unseal', 'acme')).toMatchObject({ code: 0, stdout: '1 environment unsealed\n' });
    expect(await place.store(['refresh', 'acme', '--force'])).toMatchObject({ code: 0 });
    expect(place.sql('select count(*) from evergrant.token_set where refresh_token like $$evergrant:%$$')).toBe('0');
  });
});
