import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { putConnection } from '../../scripts/environment/database/documents';
import { databasePlace, isLeftOut, serverOf, type DatabasePlace } from '../commands/store/support';
import type { PostgresServer } from '../support/postgres';
import { startXeroServer, type XeroServer } from '../support/servers/xero-server';
import { serveIn, type Client, type Serving } from './support/serving';

describe.skipIf(isLeftOut)('several replicas on one database', () => {
  let server: PostgresServer;
  let xero: XeroServer;
  let place: DatabasePlace;
  let replicas: Serving[];
  let client: Client;

  beforeAll(async () => {
    [server, xero] = [await serverOf(), await startXeroServer()];
    place = await databasePlace(server);
    const past = { access_token_expires_at: new Date(Date.now() - 60_000).toISOString() };
    for (const [name, rows] of Object.entries({ acme: {}, due: past })) {
      await putConnection(place.database, name, xero.environment('web', name, { ...xero.connectedRows(), ...rows }));
    }
    const { variables } = place;
    replicas = await Promise.all(['a', 'b'].map((name) => serveIn(place, [], { variables }, name)));
    const { stdout } = await place.store(['client', 'add', 'reports', '--for', 'acme,due']);
    client = { id: 'reports', secret: /client_secret: (\S+)/.exec(stdout)?.[1] ?? '' };
  });

  afterAll(async () => {
    await Promise.all(replicas.map((replica) => replica.stop()));
    await place.database.close();
    await xero.close();
    await server.remove();
  });

  const askAll = (environment: string) =>
    Promise.all(replicas.map((replica) => replica.token(client, { environment })));

  test('refresh what is due once, and all give the same token', async () => {
    const answers = (await Promise.all(Array.from({ length: 10 }, () => askAll('due')))).flat();
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(new Set(answers.map(({ json }) => json?.['access_token'])).size).toBe(1);
    expect(xero.redemptions()).toBe(1);
  });

  test('give what another process has refreshed within a second or so', async () => {
    await askAll('acme');
    expect(await place.store(['refresh', 'acme', '--force'])).toMatchObject({ code: 0 });
    const { stdout } = await place.store(['token', 'acme']);
    await expect
      .poll(async () => (await askAll('acme')).map(({ json }) => json?.['access_token']), { timeout: 3000 })
      .toEqual([stdout.trim(), stdout.trim()]);
  });

  test('refuse a client that was removed within a second or so', async () => {
    expect((await askAll('acme')).map(({ status }) => status)).toEqual([200, 200]);
    await place.store(['client', 'remove', 'reports']);
    await expect
      .poll(async () => (await askAll('acme')).map(({ status }) => status), { timeout: 3000 })
      .toEqual([401, 401]);
  });

  test('are not ready while the tables are away, and are again when they are back', async () => {
    place.sql('alter schema evergrant rename to elsewhere');
    try {
      await expect.poll(async () => (await replicas[0]?.ask('/health/ready'))?.status, { timeout: 5000 }).toBe(503);
      expect(await replicas[0]?.ask('/health/live')).toMatchObject({ status: 200 });
      await expect
        .poll(async () => (await askAll('acme')).map(({ status }) => status), { timeout: 5000 })
        .toEqual([500, 500]);
    } finally {
      place.sql('alter schema elsewhere rename to evergrant');
    }
    await expect.poll(async () => (await replicas[0]?.ask('/health/ready'))?.status, { timeout: 5000 }).toBe(200);
  });
});
