import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { putConnection } from '../../../scripts/environment/database/documents';
import { recordSteps, runWith, nameOf } from '../../proofs/support/stepped-program';
import type { PostgresServer } from '../../support/postgres';
import { environmentText } from '../../support/servers/xero-server';
import { connectedRows, databasePlace, isLeftOut, serverOf, type DatabasePlace } from './support';

describe.skipIf(isLeftOut)('store export', () => {
  let server: PostgresServer;
  let place: DatabasePlace;
  beforeAll(async () => {
    server = await serverOf();
  });
  afterAll(() => server.remove());
  beforeEach(async () => {
    place = await databasePlace(server);
  });

  const put = (name: string, more: Readonly<Record<string, string>> = {}): Promise<void> =>
    putConnection(place.database, name, environmentText(name, connectedRows(3, more)));
  const fileIn = (folder: string, name: string): string =>
    path.join(place.folder, folder, `${name}.postman_environment.json`);
  const rowsIn = (folder: string, name: string): Record<string, string> => {
    const { values } = JSON.parse(fs.readFileSync(fileIn(folder, name), 'utf8')) as {
      values: { key: string; value: string }[];
    };
    return Object.fromEntries(values.map(({ key, value }) => [key, value]));
  };
  const heldInDatabase = (name: string): string =>
    place.sql(
      `select t.refresh_token from evergrant.token_set t join evergrant.connection c using (name, generation) where c.name = '${name}'`,
    );

  test('writes all of them without tokens and secrets, and the database goes on', async () => {
    await put('acme', { pending_access_token: 'an-access-set-aside', pending_refresh_token: 'a-refresh-set-aside' });
    await put('birch');
    const done = await place.store(['store', 'export', '--all', 'look']);
    expect(done).toMatchObject({ code: 0, stderr: '' });
    const text = ['acme', 'birch'].map((name) => fs.readFileSync(fileIn('look', name), 'utf8')).join('');
    expect(text).not.toMatch(/access-3|refresh-3|a-secret-of-the-app|set-aside/);
    expect(rowsIn('look', 'acme')).toMatchObject({ client_id: 'the-client', tenant_id: 'tenant-1' });
    expect(fs.statSync(fileIn('look', 'acme')).mode & 0o777).toBe(0o600);
    expect(heldInDatabase('acme')).toBe('refresh-3');
  });

  test('never writes over a file', async () => {
    await put('acme');
    await put('birch');
    fs.mkdirSync(path.join(place.folder, 'look'));
    fs.writeFileSync(fileIn('look', 'acme'), 'mine');
    for (const more of [[], ['--hand-over']]) {
      const { code, stdout, stderr } = await place.store(['store', 'export', 'acme', 'look', ...more, '--json']);
      expect([code, stderr, JSON.parse(stdout)]).toMatchObject([
        2,
        '',
        { results: [{ outcome: 'failed', error: { code: 'exists' } }] },
      ]);
    }
    expect(fs.readFileSync(fileIn('look', 'acme'), 'utf8')).toBe('mine');
    expect(heldInDatabase('acme')).toBe('refresh-3');
    expect((await place.store(['store', 'export', '--all', 'look'])).stdout).toContain('birch: without tokens');
  });

  test('--hand-over makes the file the only home, with the app that it names; and import takes it back', async () => {
    await put('acme', { app: 'books', client_secret: '' });
    place.sql(`insert into evergrant.app values ('books', '{"client_secret":"of-the-app"}')`);
    const { code, stderr } = await place.store(['store', 'export', 'acme', 'out', '--hand-over']);
    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining('in the database nothing refreshes what was handed over'),
    ]);
    expect(rowsIn('out', 'acme')).toMatchObject({ refresh_token: 'refresh-3', generation: '3' });
    expect(fs.readFileSync(path.join(place.folder, 'out/books.app.json'), 'utf8')).toContain('of-the-app');
    expect(heldInDatabase('acme')).toBe('');
    expect(await place.store(['refresh', 'acme', '--force'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('acme was handed over on'),
    });
    expect((await place.run(['--environments', 'out', 'list', '--json'])).stdout).toContain('"connected"');
    const back = await place.store(['store', 'import', 'out']);
    expect([back.code, back.stderr]).toEqual([0, '']);
    expect([heldInDatabase('acme'), rowsIn('out', 'acme')['refresh_token']]).toEqual(['refresh-3', '']);
    expect((await place.store(['list', '--json'])).stdout).toContain('"connected"');
  });

  test('what it says to do next works as it stands, and a job that stays behind says so once', async () => {
    await put('acme');
    const { stderr } = await place.store(['store', 'export', '--all', 'the files', '--hand-over']);
    expect(stderr).toContain(`refresh --all --environments '${fs.realpathSync(place.folder)}/the files' --store ""\n`);
    const next = [
      'refresh',
      '--all',
      '--environments',
      path.join(place.folder, 'the files'),
      '--store',
      '',
      '--dry-run',
    ];
    expect(await place.store(next)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('acme: would be refreshed'),
    });
    const job = ['refresh', '--all', '--no-jitter'];
    const told = expect.stringMatching(
      /^note: every environment in .* was handed over: nothing is refreshed from there\n/,
    );
    expect(await place.store(job)).toMatchObject({ code: 0, stderr: told });
    expect(await place.store(job)).toMatchObject({ code: 0, stderr: '' });
    await put('birch', { access_token_expires_at: '2036-11-22T10:30:00.000Z' });
    expect(await place.store(job)).toMatchObject({ stderr: expect.not.stringContaining('every environment') });
  });

  test('--hand-over again says what was handed over to these files before, and waits for what a dead process holds', async () => {
    for (const name of ['acme', 'birch']) await put(name);
    await place.store(['store', 'export', 'acme', 'out', '--hand-over']);
    place.sql(
      `update evergrant.connection set lease_owner = 'one:7:x', lease_since = now(), lease_until = now() + interval '40 seconds'
      where name = 'birch'`,
    );
    const all = ['store', 'export', '--all', 'out', '--hand-over'];
    const { code, stdout } = await place.store(all);
    expect([code, stdout.split('\n')]).toEqual([
      0,
      [expect.stringMatching(/^acme: was handed over before: out/), expect.stringMatching(/^birch: handed over/), ''],
    ]);
    expect(await place.store([...all, '--json'])).toMatchObject({ code: 0 });
    fs.rmSync(fileIn('out', 'acme'));
    expect(await place.store(all)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('acme was handed over at'),
    });
  });

  test.each([
    [['export', 'acme'], 'say which environment, and the folder'],
    [['export', '--all', 'acme', 'look'], '--all takes no name'],
    [['export', 'nobody', 'look'], 'there is no environment nobody'],
  ])('%j is refused in one line', async (words, message) => {
    await put('acme');
    expect(await place.store(['store', ...words])).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
    expect(fs.existsSync(path.join(place.folder, 'look'))).toBe(false);
  });

  test('killed at any step, a hand-over has at most one home, and the same command finishes it', async () => {
    const argsFor = (name: string): string[] => ['store', 'export', name, 'out', '--hand-over', '--store', place.url];
    const homes = (name: string): string[] => [
      ...(fs.existsSync(fileIn('out', name)) ? ['file'] : []),
      ...(heldInDatabase(name) === 'refresh-3' ? ['database'] : []),
    ];
    await put('first');
    await place.run(argsFor('first')); // what a first run makes in the state folder is there
    await put('whole');
    const { ended, steps } = await recordSteps(place.folder, argsFor('whole'));
    expect([ended.code, homes('whole')]).toEqual([0, ['file']]);
    const acting = steps.flatMap((step, at) =>
      step.writes || step.changes.length > 0 || step.call === 'socket write' ? [{ step, number: at + 1 }] : [],
    );
    expect(acting.length).toBeGreaterThan(20);
    const seen = new Set<string>();
    for (const { step, number } of acting) {
      const name = `c${number}`;
      await put(name);
      const where = `${number} ${nameOf(step, place.folder)}`;
      const { signal } = await runWith({ kill: { step: number, side: 'before' } }, place.folder, argsFor(name));
      seen.add(homes(name).join());
      expect([where, signal, homes(name).length <= 1]).toEqual([where, 'SIGKILL', true]);
      place.sql(`update evergrant.connection set lease_until = null where name = '${name}'`); // as time would
      const again = await place.run(argsFor(name));
      expect([where, again.code, homes(name), rowsIn('out', name)['refresh_token']]).toEqual([
        where,
        0,
        ['file'],
        'refresh-3',
      ]);
    }
    expect([...seen].toSorted()).toEqual(['', 'database', 'file']);
  }, 900_000);
});
