import fs from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connectAt, setRows } from '../support/connected-at';
import { makeWorkplace, type Workplace } from '../support/program';
import { lineOf, startProgram, type Running } from '../support/running';
import { startSandboxProcess, type SandboxProcess } from '../support/sandbox';
import { databasePlace, isLeftOut, serverOf } from './store/support';

let sandbox: SandboxProcess;
let place: Workplace;

beforeAll(async () => {
  sandbox = await startSandboxProcess();
});
afterAll(() => sandbox.stop());
beforeEach(() => (place = makeWorkplace()));
afterEach(() => {
  for (const running of started.splice(0)) running.signal('SIGKILL'); // those that a failed test has left
});

const expired = { access_token_expires_at: '2026-01-01T00:00:00.000Z' };

async function serve(...flags: string[]): Promise<Running> {
  const running = startProgram(place.folder, ['serve', '--socket', `${place.folder}/s${++servers}`, ...flags]);
  started.push(running);
  await lineOf(running, flags.includes('--refresh') ? /^refreshing: / : /^listening: /);
  return running;
}

let servers = 0;
const started: Running[] = [];

async function stop(running: Running): Promise<void> {
  running.signal('SIGTERM');
  expect((await running.ended).code).toBe(0);
}

const held = (name: string): string => {
  const file = path.join(place.folder, 'tokens', name);
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
};

const redeemed = async (): Promise<number> => (await sandbox.requests()).filter((one) => one.redeemed).length;

describe('serve with all it can do beside answering', () => {
  test('refreshes what is due, keeps token files, and finishes consents; it says no secret and ends in order', async () => {
    await connectAt(sandbox, place, 'acme');
    const old = place.rows('acme')['access_token'] ?? '';
    setRows(place, 'acme', expired);
    place.write('bakery', JSON.stringify(await sandbox.environment('web', 'bakery')));
    const files = ['--files', path.join(place.folder, 'tokens/{name}'), '--files-format', 'raw'];
    const running = await serve('--refresh', ...files, '--callback', '--callback-port', '0');
    const current = (name: string): string => place.rows(name)['access_token'] ?? '';

    await expect.poll(() => held('acme'), { timeout: 60_000 }).not.toBe('');
    expect([held('acme') === current('acme'), held('acme') === old, held('bakery')]).toEqual([true, false, '']);

    const { port, pathname } = new URL(/callbacks: (\S+)/.exec(running.said())?.[1] ?? '');
    const link = await place.run(['consent', 'bakery', '--no-check']);
    const callback = new URL(await sandbox.consent(link.stdout.trim()));
    const page = await fetch(`http://localhost:${port}${pathname}${callback.search}`);
    expect([page.status, place.rows('bakery')['grant_status']]).toEqual([200, 'connected']);
    await expect.poll(() => held('bakery') === current('bakery'), { timeout: 60_000 }).toBe(true);

    await place.run(['refresh', 'acme', '--force']);
    await expect.poll(() => held('acme') === current('acme'), { timeout: 60_000 }).toBe(true);
    expect(fs.statSync(path.join(place.folder, 'tokens/acme')).mode & 0o777).toBe(0o600);

    await stop(running);
    for (const name of ['acme', 'bakery']) {
      const rows = place.rows(name);
      for (const key of ['access_token', 'refresh_token', 'client_secret'])
        expect(running.said()).not.toContain(rows[key]);
      expect(held(name)).not.toContain(rows['refresh_token']);
    }
  });

  test('callbacks come in at their own port alone, and tokens are not asked for there', async () => {
    await connectAt(sandbox, place, 'acme');
    const running = await serve('--listen', '127.0.0.1:0', '--callback', '--callback-port', '0');
    await expect.poll(() => running.said()).toContain('callbacks: ');
    const at = (pattern: RegExp): string => new URL(pattern.exec(running.said())?.[1] ?? '').origin;
    const [tokens, callbacks] = [at(/listening: (http:\S+)/), at(/callbacks: (http:\S+)/)];
    const statuses = [
      `${tokens}/callback?code=x&state=y`,
      `${callbacks}/v1/environments/acme/token`,
      `${callbacks}/oauth/token`,
    ];
    const answers = await Promise.all(statuses.map(async (url) => fetch(url)));
    for (const answer of answers) expect([400, 401, 404]).toContain(answer.status);
    for (const answer of answers) expect(await answer.text()).not.toContain(place.rows('acme')['access_token']);
    await stop(running);
  });

  test('two replicas redeem each due environment once, and both end up with its tokens', async () => {
    const names = ['a', 'b', 'c', 'd'];
    for (const name of names) {
      await connectAt(sandbox, place, name);
      setRows(place, name, expired);
    }
    await sandbox.forgetRequests();
    const replicas = await Promise.all(
      [1, 2].map((one) => serve('--refresh', '--files', `${place.folder}/tokens${one}/{name}`)),
    );
    const generations = (): string[] => names.map((name) => place.rows(name)['generation'] ?? '');
    await expect.poll(generations, { timeout: 60_000 }).toEqual(['2', '2', '2', '2']);
    const tokenIn = (one: number, name: string): unknown => {
      const file = `${place.folder}/tokens${one}/${name}`;
      return fs.existsSync(file)
        ? (JSON.parse(fs.readFileSync(file, 'utf8')) as { access_token: string }).access_token
        : '';
    };
    const areSame = (): boolean =>
      [1, 2].every((one) => names.every((name) => tokenIn(one, name) === place.rows(name)['access_token']));
    await expect.poll(areSame, { timeout: 60_000 }).toBe(true);
    await Promise.all(replicas.map(stop));
    expect(await redeemed()).toBe(names.length);
  });
});

describe.skipIf(isLeftOut)('replicas on a database', () => {
  test('redeem each due environment once, and keep the same token files', async () => {
    const server = await serverOf();
    const there = await databasePlace(server);
    const names = ['a', 'b', 'c', 'd'];
    for (const name of names) {
      await connectAt(sandbox, there, name);
      setRows(there, name, expired);
    }
    expect(await there.store(['store', 'import', 'environments'])).toMatchObject({ code: 0 });
    await sandbox.forgetRequests();
    const replicas = [1, 2].map((one) => {
      const flags = ['--refresh', '--files', `${there.folder}/tokens${one}/{name}`, '--files-format', 'raw'];
      const args = ['serve', '--socket', `${there.folder}/s${one}`, ...flags];
      const running = startProgram(there.folder, args, { variables: there.variables });
      started.push(running);
      return running;
    });
    const inDatabase = (): string[] =>
      there
        .sql(
          'select access_token from evergrant.token_set join evergrant.connection using (name, generation) order by name',
        )
        .split('\n');
    const inFiles = (one: number): string[] =>
      names.map((name) => {
        const file = `${there.folder}/tokens${one}/${name}`;
        return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
      });
    await expect
      .poll(() => inFiles(1).every((token, at) => token !== '' && token === inDatabase()[at]), { timeout: 90_000 })
      .toBe(true);
    await expect.poll(() => inFiles(2), { timeout: 60_000 }).toEqual(inFiles(1));
    await Promise.all(replicas.map(stop));
    expect(await redeemed()).toBe(names.length);
    await there.database.close();
    await server.remove();
  });
});

test.each<[string, string[], RegExp]>([
  ['a reminder without the loop', ['--remind', '3d'], /--remind is for --refresh/],
  ['a reminder with every run', ['--refresh', '--remind', '1m'], /--remind takes an hour/],
  ['metrics without the loop', ['--metrics', 'x.prom'], /--metrics is for --refresh/],
  ['a format without files', ['--files-format', 'raw'], /--files-format is for --files/],
  ['files with one name for all', ['--files', 'tokens/all.json'], /last part has \{name\}/],
  ['files for everybody', ['--files', 'tokens/{name}', '--files-mode', '0644'], /0600 or 0640/],
  ['a group that is not there', ['--files', 'tokens/{name}', '--files-group', 'no-such-group'], /no group/],
  ['environments as token files', ['--files', 'environments/{name}.postman_environment.json'], /is no token file/],
  [
    'a callback’s path that can’t be',
    ['--callback', '--callback-path', 'callback'],
    /--callback-path is "callback", which no/,
  ],
  ['a callback’s port that can’t be', ['--callback', '--callback-port', '99999'], /--callback-port takes a number/],
  [
    'one port for the callback page and the tokens',
    ['--listen', '127.0.0.1:18093', '--callback', '--callback-port', '18093'],
    /port 18093 is asked for twice/,
  ],
  ['a port that can’t be', ['--listen', '127.0.0.1:99999'], /up to 65535, not "127\.0\.0\.1:99999"/],
])('%s is refused', async (_, flags, message) => {
  place.write('acme', JSON.stringify(await sandbox.environment('web', 'acme')));
  const before = fs.readFileSync(place.fileOf('acme'), 'utf8');
  const { code, stderr } = await place.run(['serve', '--socket', `${place.folder}/s`, ...flags]);
  expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
  expect(fs.readFileSync(place.fileOf('acme'), 'utf8')).toBe(before);
});
