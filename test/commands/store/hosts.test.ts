import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { databaseStore } from '../../../scripts/environment/database/database-store';
import { putConnection } from '../../../scripts/environment/database/documents';
import type { PostgresServer } from '../../support/postgres';
import { environmentText } from '../../support/servers/xero-server';
import { connectedRows, databasePlace, isLeftOut, serverOf, type DatabasePlace } from './support';

describe.skipIf(isLeftOut)('of machines that share a database, status and doctor say', () => {
  let server: PostgresServer;
  let place: DatabasePlace;
  beforeAll(async () => {
    server = await serverOf();
  });
  afterAll(() => server.remove());
  beforeEach(async () => {
    place = await databasePlace(server);
    await putConnection(place.database, 'acme', environmentText('acme', connectedRows(3)));
  });

  const state = (): string => path.join(place.folder, '.local/state/evergrant');
  const lines = (text: string): string[] => text.split('\n');

  test('which one refreshes at this moment, and since when', async () => {
    const held = `lease_owner = 'web2:4711:x', lease_since = now() - interval '7 seconds', lease_until = now() + interval '1 minute'`;
    place.sql(
      `update evergrant.connection set ${held}, spending_since = now() - interval '5 minutes', spending_host = 'web2'`,
    );
    const { stdout } = await place.store(['status']);
    expect(stdout).toMatch(/^acme +refreshing on web2 since \d\d:\d\d/m);
    const doctor = await place.store(['doctor', 'acme']);
    expect(doctor.stdout).toMatch(/^acme: acme is being refreshed by process 4711 on web2, for \d+ (s|min)$/m);
    expect(doctor.stdout).toMatch(/if that process was killed, acme is free in \d+ (s|min)$/m);
    expect(doctor.stdout).not.toContain('interrupted');
  });

  test('on which one a refresh was cut off, and since when', async () => {
    place.sql(`update evergrant.connection set spending_since = now() - interval '5 minutes', spending_host = 'web2'`);
    const { stdout } = await place.store(['status', '--json']);
    const [row] = (JSON.parse(stdout) as { environments: Record<string, unknown>[] }).environments;
    expect(row).toMatchObject({ state: 'interrupted', refreshStartedOn: 'web2', unconfirmed: null });
    const startedAt = Date.parse(String(row?.['refreshStartedAt']));
    expect(Math.abs(Date.now() - 300_000 - startedAt)).toBeLessThan(200_000);
    const doctor = await place.store(['doctor', 'acme']);
    expect(doctor.stdout).toMatch(/^acme: a refresh was interrupted \d+ min ago on web2$/m);
  });

  test('which file of this one has tokens that the database has not confirmed', async () => {
    const locked = await databaseStore(place.database, state()).environment('acme').lock(0);
    await locked.prepareSave({ refresh_started_at: new Date().toISOString() });
    locked.keep({ access_token: 'CANARY-a', refresh_token: 'CANARY-r', generation: '4', grant_status: 'connected' });
    await locked.release(); // as if it had been killed before the database was asked
    const [folder = ''] = fs.readdirSync(path.join(state(), 'receipts'));
    const [name = ''] = fs.readdirSync(path.join(state(), 'receipts', folder));
    const file = path.join(state(), 'receipts', folder, name);
    const { stdout, stderr } = await place.store(['status']);
    expect(stdout).toContain(`interrupted on ${os.hostname()} since `);
    expect(lines(stderr)).toEqual([
      expect.stringMatching(/^note: acme has newer tokens on this machine, in .+ since 20.+ UTC$/),
      '  → npx evergrant refresh acme',
      '',
    ]);
    expect(stderr).toContain(file);
    const json = JSON.parse((await place.store(['status', '--json'])).stdout) as { environments: unknown[] };
    expect(json.environments).toMatchObject([{ unconfirmed: { file } }]);
    const doctor = await place.store(['doctor', 'acme']);
    expect(doctor.stdout).toContain(`acme: tokens wait here that the database has not confirmed: in ${file} since 20`);
    expect(stdout + stderr + doctor.stdout + doctor.stderr).not.toContain('CANARY');
  });

  test('of the database itself what would cost tokens, and nothing of files', async () => {
    const { code, stdout } = await place.store(['doctor', 'acme']);
    expect(code).toBe(2);
    expect(stdout).toContain('fsync is off: a power cut takes back tokens'); // which it is, in this test
    expect(stdout).not.toMatch(/chmod|git|superuser/);
  });
});
