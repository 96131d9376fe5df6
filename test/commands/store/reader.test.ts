import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { putConnection } from '../../../scripts/environment/database/documents';
import type { PostgresServer } from '../../support/postgres';
import type { Result } from '../../support/program';
import { environmentText } from '../../support/servers/xero-server';
import { connectedRows, databasePlace, isLeftOut, serverOf, type DatabasePlace } from './support';

describe.skipIf(isLeftOut)('a login that may only look', () => {
  let server: PostgresServer;
  let place: DatabasePlace;
  let reader: string;
  beforeAll(async () => {
    server = await serverOf();
    place = await databasePlace(server);
    place.sql((await place.store(['store', 'migrate', '--print'])).stdout);
    reader = server.reader(place.url, 'looker', 'look-look-look');
    await place.store(['set', '--app', 'books', 'client_id=of-the-app']);
    const rows = connectedRows(3, { tenant_name: 'Maple Bakery', authorised_user_id: 'user-1' });
    await putConnection(place.database, 'acme', environmentText('acme', rows));
    await putConnection(place.database, 'birch', environmentText('birch', { ...rows, grant_status: 'consent_needed' }));
    await putConnection(place.database, 'cedar', environmentText('cedar', { ...rows, app: 'books', client_id: '' }));
    await place.store(['refresh', 'acme', '--patience', '0s']);
  });
  afterAll(() => server.remove());

  const run = (url: string, args: readonly string[]): Promise<Result> =>
    place.run(args, { variables: { EVERGRANT_STORE: url } });
  /** What depends on the moment is left out. */
  const steady = ({ stdout, ...rest }: Result): Result => ({
    ...rest,
    stdout: stdout.replaceAll(/\d+ (s|min) ago/g, 'AGO'),
  });

  test.each([
    [['status']],
    [['status', '--json']],
    [['status', '--limit', '1']],
    [['status', '--problems']],
    [['status', 'acme', 'no-such-one']],
    [['status', '--check']],
    [['status', '--nagios']],
    [['list']],
    [['list', '--json']],
    [['find', 'maple']],
    [['log', 'acme']],
    [['log', 'acme', '--json']],
    [['log', 'no-such-one']],
  ])('is told by %j what whoever refreshes is told', async (args) => {
    const own = steady(await run(reader, args));
    expect(own.stdout + own.stderr).toMatch(/acme|maple|ENVIRONMENT|no-such-one|more environment|EVERGRANT|no answer/i);
    expect(own).toEqual(steady(await run(place.url, args)));
  });

  test.each([
    ['--metrics', 'status.prom'],
    ['--html', 'status.html'],
  ])('writes %s', async (option, file) => {
    const target = path.join(place.folder, file);
    expect(await run(reader, ['status', option, target])).toMatchObject({ code: 0, stderr: '' });
    expect(fs.readFileSync(target, 'utf8')).toContain('birch');
  });

  test.each([
    ['refresh', ['refresh', 'acme']],
    ['refresh all', ['refresh', '--all', '--no-jitter']],
    ['get a token', ['token', 'acme']],
    ['export', ['export', 'acme', '--for-postman']],
    ['remove', ['remove', 'acme', '--yes']],
    ['change a setting', ['set', 'acme', 'sender=Ann']],
  ])('can not %s, and is told so in one line', async (_, args) => {
    const before = place.sql('select * from evergrant.token_set');
    const { code, stdout, stderr } = await run(reader, args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('refuses this user (42501)');
    expect(place.sql('select * from evergrant.token_set')).toBe(before);
  });

  test.each(['token_set', 'document', 'app', 'clients'])('can not read %s, where secrets are', (table) => {
    expect(() => server.sql(reader, `select * from evergrant.${table}`)).toThrow(/permission denied/);
  });

  test('is told by store check what it is', async () => {
    const { code, stdout } = await run(reader, ['store', 'check', '--json']);
    const { findings } = JSON.parse(stdout) as { findings: { code: string; costsTokens: boolean }[] };
    expect(findings.filter(({ code: one }) => one === 'reader' || one === 'missing_rights')).toMatchObject([
      { code: 'reader', costsTokens: false },
    ]);
    expect(code).toBe(findings.some(({ costsTokens }) => costsTokens) ? 2 : 0);
  });
});
