import fs from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeMachine, type Machine } from '../../support/machines';
import { startPostgres, whyNoPostgres, type PostgresServer } from '../../support/postgres';
import type { Result } from '../../support/program';
import { firstLineOf } from '../../support/running';
import { answerWith, startXeroServer, type XeroServer } from '../../support/servers/xero-server';

const isLeftOut = process.env['POSTGRES_TESTS'] !== 'required' && whyNoPostgres() !== undefined;

/** What no command says of a database. */
const wordsOfFiles = /\b(environment file|the file|its file|folder)\b/i;

describe.skipIf(isLeftOut)('with its environments in a database,', () => {
  let server: PostgresServer;
  let xero: XeroServer;
  let url: string;
  let place: string;
  let machine: Machine;
  let made: Machine[];
  beforeAll(async () => {
    [server, xero] = await Promise.all([startPostgres({}), startXeroServer()]); // doctor objects to fsync=off;
  });
  afterAll(async () => {
    await Promise.all([server.remove(), xero.close()]);
  });
  beforeEach(async () => {
    made = [];
    url = server.database();
    place = url.replace(/.*@/, '');
    machine = another();
    await ok(['store', 'migrate']);
  });
  afterEach(() => {
    xero.forget();
    made.forEach((one) => one.remove());
  });

  function another(store = url): Machine {
    const one = makeMachine(store);
    made.push(one);
    return one;
  }

  /** Runs the program, which must end with this code and speak of no file; returns what it said. */
  async function says(code: number, args: readonly string[], input = '', on = machine): Promise<Result> {
    const result = await on.run(args, { input });
    expect(result, args.join(' ')).toMatchObject({ code });
    expect(result.stdout + result.stderr).not.toMatch(wordsOfFiles);
    return result;
  }

  const ok = async (args: readonly string[], input = '', on = machine): Promise<string> =>
    (await says(0, args, input, on)).stdout.trimEnd();

  /** Puts a connected environment there, as another program leaves it. */
  const connect = (name = 'acme', on = machine): Promise<string> =>
    ok(['adopt', name, '-'], xero.environment('web', name, xero.connectedRows()), on);

  test('a connection is made, used and ended as with files', async () => {
    const rows = JSON.parse(xero.environment('web', 'acme')) as { values: { key: string; value: string }[] };
    const settings = Object.fromEntries(rows.values.map(({ key, value }) => [key, value]));
    const { client_id: id = '', redirect_uri: uri = '', scopes = '', client_secret: secret = '' } = settings;
    const given = ['--client-id', id, '--redirect-uri', uri, '--scopes', scopes];
    expect(await says(0, ['init', 'acme', ...given])).toMatchObject({
      stdout: `acme in ${place} is ready\n`,
      stderr: expect.stringContaining('npx evergrant set acme --secret-from FILE') as string,
    });
    expect((await says(2, ['init', 'acme'])).stderr).toContain(`acme in ${place} is there already`);
    const urls = Object.entries(settings).filter(([key]) => key.endsWith('_url'));
    await ok(['set', 'acme', ...urls.map((pair) => pair.join('='))]);
    await ok(['set', 'acme', '--secret-from', '-'], secret);
    const link = await ok(['consent', 'acme']);
    expect(await ok(['exchange'], xero.consent(link))).toContain('acme: connected to Maple Bakery');
    expect(await ok(['refresh', 'acme'])).toContain('not due');
    expect(await ok(['refresh', 'acme', '--force', '--report', 'reports'])).toContain('acme: refreshed');
    expect(fs.readdirSync(path.join(machine.folder, 'reports'))).toEqual(['acme-refresh-tokens.html']);
    expect(await ok(['connections', 'acme'])).toContain('Maple Bakery');
    expect(await ok(['doctor', '--online'])).toBe('no problems');
    expect((await ok(['log', 'acme'])).split('\n')).toHaveLength(3);
    await ok(['revoke', 'acme']);
    expect(await ok(['status', 'acme'])).toMatch(/acme +removed/);
    await ok(['remove', 'acme', '--yes']);
    expect(await ok(['list'])).toBe('');
  });

  test('a consent that was asked for on one machine is finished by another', async () => {
    await ok(['adopt', 'acme', '-'], xero.environment('web', 'acme', xero.connectedRows()));
    const link = await ok(['consent', 'acme', '--no-check']);
    const desk = another().start(['listen', '--port', '0']);
    const address = new URL((await firstLineOf(desk)).replace('listening: ', ''));
    address.search = new URL(xero.consent(link)).search;
    const answer = await fetch(address);
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('Maple Bakery')]);
    desk.signal('SIGTERM');
    const { code, stderr } = await desk.ended;
    expect([code, stderr]).toEqual([0, expect.stringContaining(`for all environments in ${place};`)]);
    expect(await ok(['token', 'acme'])).not.toBe('');
  });

  test('tokens are for the asking, for a command and for a library', async () => {
    await connect();
    const held = await ok(['token', 'acme']);
    const other = another();
    expect(await ok(['token', 'acme', '--header'], '', other)).toBe(`Authorization: Bearer ${held}`);
    const print = 'process.stdout.write(process.env.XERO_ACCESS_TOKEN)';
    for (const how of [[], ['--restart']]) {
      expect(await ok(['exec', 'acme', ...how, '--', process.execPath, '-e', print], '', other)).toBe(held);
    }
    expect((await other.run(['exec', 'acme', '--', 'false'])).code).toBe(1);
    const library = path.join(process.cwd(), 'dist/index.js');
    const script = `require(${JSON.stringify(library)}).accessToken(process.argv[1], { store: process.argv[2] })
      .then(({ accessToken }) => console.log(accessToken), ({ message, hint }) => console.log(message, hint))`;
    const ask = (name: string): Promise<string> =>
      ok(['exec', 'acme', '--', process.execPath, '-e', script, name, url], '', another());
    expect([await ask('acme'), await ask('birch')]).toEqual([
      held,
      expect.stringMatching(/there is no environment birch in .* init birch/),
    ]);
  });

  test('several are refreshed, looked at, changed and found', async () => {
    for (const name of ['acme', 'birch', 'cedar']) await connect(name);
    expect(await ok(['refresh', 'acme', 'birch', '--force'])).toMatch(/acme: refreshed.*\nbirch: refreshed/);
    const outcomes = async (...args: string[]): Promise<string[]> => {
      const { results } = JSON.parse(await ok(['refresh', '--all', '--no-jitter', '--json', ...args])) as {
        results: { environment: string; outcome: string }[];
      };
      return results.map(({ environment, outcome }) => `${environment} ${outcome}`);
    };
    const before = xero.redemptions();
    await outcomes('--force', '--dry-run');
    expect(xero.redemptions()).toBe(before);
    expect(await outcomes('--force')).toEqual(['acme refreshed', 'birch refreshed', 'cedar refreshed']);
    expect((await says(2, ['refresh', 'acme', 'nobody'])).stderr).toContain(
      `there is no environment nobody in ${place}`,
    );
    await ok(['set', '--app', 'books', '--secret-from', '-'], 'a-secret-of-the-app');
    await ok(['set', 'cedar', 'app=books']);
    expect(await ok(['set', '--all', 'sender=Ann'])).toMatch(/acme: set sender\nbirch: set sender\ncedar: set sender/);
    expect(await ok(['list'])).toBe('acme\nbirch\ncedar');
    await ok(['connections', 'acme']); // the organisation is known now
    expect(await ok(['find', 'maple'])).toContain('acme');
    expect(await ok(['status'])).toContain('3 connected');
    const { environments } = JSON.parse(await ok(['status', '--json'])) as { environments: { state: string }[] };
    expect(environments.map(({ state }) => state)).toEqual(['connected', 'connected', 'connected']);
    await ok(['status', '--metrics', 'evergrant.prom']);
    await ok(['status', '--html', 'status.html']);
    const written = ['evergrant.prom', 'status.html'].map((name) =>
      fs.readFileSync(path.join(machine.folder, name), 'utf8'),
    );
    expect(written).toEqual([
      expect.stringContaining('evergrant_environments{state="connected"} 3'),
      expect.stringContaining('cedar'),
    ]);
    expect(written.join('\n')).not.toMatch(wordsOfFiles);
    expect(fs.readdirSync(machine.folder).toSorted()).toEqual(['evergrant.prom', 'state', 'status.html']);
  });

  test('a connection is renamed, handed over to another database or to files, and taken back', async () => {
    await connect();
    await ok(['rename', 'acme', 'birch']);
    const [elsewhere, files] = [another(server.database()), another('')];
    fs.mkdirSync(path.join(files.folder, 'environments')); // else root keeps them in the system's data folder
    await ok(['store', 'migrate'], '', elsewhere);
    await ok(['export', 'birch', '--for-postman', '--output', 'birch.json']);
    expect((await says(2, ['refresh', 'birch', '--force'])).stderr).toContain('birch was handed over');
    const handed = fs.readFileSync(path.join(machine.folder, 'birch.json'), 'utf8');
    await ok(['adopt', 'birch', '-'], handed, elsewhere);
    expect(await ok(['refresh', 'birch', '--force'], '', elsewhere)).toContain('birch: refreshed');
    const further = await ok(['export', 'birch', '--for-postman'], '', elsewhere);
    expect(await files.run(['adopt', 'birch', '-'], { input: further })).toMatchObject({ code: 0 });
    expect(await files.run(['refresh', 'birch', '--force'])).toMatchObject({ code: 0 });
    const back = await files.run(['export', 'birch', '--for-postman']);
    await ok(['adopt', 'birch', '-'], back.stdout);
    expect(await ok(['refresh', 'birch', '--force'])).toContain('birch: refreshed');
    expect(JSON.parse(await ok(['export', 'birch']))).toMatchObject({ name: 'birch' });
    expect((await says(2, ['restore', 'birch', '99'])).stderr).toContain('no generation 99');
    expect(await ok(['restore', 'birch'])).toMatch(/birch: generation \d+ is back/);
    expect(await ok(['refresh', 'birch', '--force'])).toContain('birch: refreshed');
    await ok(['remove', 'birch', '--revoke', '--yes']);
    expect((await says(2, ['token', 'birch'])).stderr).toContain('npx evergrant init birch');
  });

  test('one that is spoilt is said, and does not stop the others', async () => {
    for (const name of ['acme', 'birch']) await connect(name);
    for (const body of ['{ "values": 1 }', '{', '[]', '']) {
      server.sql(url, `update evergrant.document set body = '${body}' where name = 'acme'`);
      const { stdout } = await says(2, ['refresh', '--all', '--force', '--no-jitter', '--json']);
      const { results } = JSON.parse(stdout) as { results: { outcome: string }[] };
      expect(results.map(({ outcome }) => outcome)).toEqual(['invalid', 'refreshed']);
      expect((await says(2, ['doctor'])).stdout).toContain('npx evergrant remove acme --yes');
      expect((await says(2, ['restore', 'acme'])).stderr).toContain(`acme in ${place} `);
    }
    expect(await ok(['status', 'birch'])).toContain('1 connected');
    await ok(['remove', 'acme', '--yes']);
    await connect();
  });

  test('a hook is told of a change by one machine alone, and its own commands find the store', async () => {
    await connect();
    await connect('birch');
    const cli = path.join(process.cwd(), 'dist/cli.js');
    const hook = machine.write('hook.sh', `#!/bin/sh\necho "$EVERGRANT_NAME $EVERGRANT_OUTCOME"\n"$1" "$2" list\n`);
    fs.chmodSync(hook, 0o700);
    const hooked = [
      '--no-jitter',
      '--on-refreshed',
      `${hook} ${process.execPath} ${cli}`,
      '--on-failure',
      `${hook} true`,
    ];
    const flagged = ['--store', url, 'refresh', 'acme', '--force', ...hooked];
    const first = await machine.run(flagged, { variables: { EVERGRANT_STORE: '' } });
    expect(first.stderr.split('\n').slice(0, 3)).toEqual([
      'on-refreshed (acme): acme refreshed',
      'on-refreshed (acme): acme',
      'on-refreshed (acme): birch',
    ]);
    expect(await says(0, ['refresh', '--all', ...hooked], '', another())).toMatchObject({ stderr: '' });
    xero.next('token', answerWith(400, '{"error":"invalid_client"}'), answerWith(400, '{"error":"invalid_client"}'));
    const failed = await says(7, ['refresh', 'acme', '--force', ...hooked], '', another());
    expect(failed.stderr).toContain('on-failure (acme): acme refused');
    expect((await says(7, ['refresh', 'acme', '--force', ...hooked])).stderr).not.toContain('on-failure');
  });

  test('a job over all tells a trouble once, whichever machine it runs on', async () => {
    await connect();
    const job = ['refresh', '--all', '--no-jitter', '--force'];
    const answer = answerWith(400, '{"error":"invalid_client"}');
    xero.next('token', answer, answer);
    expect((await machine.run(job)).stderr).toContain('acme');
    expect((await another().run(job)).stderr).toBe('');
  });

  test('where there is nothing, and where nothing answers, a line says what to do', async () => {
    for (const args of [['refresh', '--all'], ['doctor']]) {
      expect((await says(2, args)).stderr).toContain(
        `there is no environment in ${place}\n  → make one: npx evergrant init`,
      );
    }
    const bare = another(server.database());
    for (const args of [['status'], ['refresh', '--all'], ['token', 'acme'], ['init', 'acme'], ['list']]) {
      expect((await says(2, args, '', bare)).stderr).toContain('npx evergrant store migrate');
    }
    const nowhere = another('postgres://127.0.0.1:1/books');
    for (const args of [['status'], ['refresh', '--all'], ['token', 'acme'], ['init', 'acme'], ['list']]) {
      expect((await says(4, args, '', nowhere)).stderr).toContain('127.0.0.1:1/books does not answer (ECONNREFUSED)');
    }
  });
});
