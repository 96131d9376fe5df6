import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { makeWorkplace, type Result, type Workplace } from '../support/program';
import { isRoot, nobody } from '../environment/files/children';
import { refusal } from '../support/refusal';
import { startProgram } from '../support/running';
import { isWithoutTerminal, startOnTerminal } from '../support/terminal';

let place: Workplace;

beforeEach(() => {
  place = makeWorkplace();
});

const init = (...args: string[]): Promise<Result> => place.run(['init', ...args]);

test('without a terminal nothing is asked, and the app type is web', async () => {
  expect(await init('acme')).toEqual({
    code: 0,
    stdout: 'acme: environments/acme.postman_environment.json is ready\n',
    stderr: 'fill in client_id, client_secret there, or set XERO_CLIENT_ID, XERO_CLIENT_SECRET in .env\n',
  });
  expect(place.rows('acme')).toMatchObject({ app_type: 'web', client_id: '', client_secret: '', generation: '0' });
});

test('what the flags say is in the file', async () => {
  const flags = ['--client-id', 'the-client', '--redirect-uri', 'https://app.example/cb', '--scopes', 'openid a.b'];
  const { code, stderr } = await init('acme', '--app-type', 'pkce', ...flags);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(place.rows('acme')).toMatchObject({
    app_type: 'pkce',
    client_id: 'the-client',
    redirect_uri: 'https://app.example/cb',
    scopes: 'openid a.b',
  });
});

test('a custom connection is refreshed next, because it has no consent', async () => {
  const { code, stderr } = await init('acme', '--app-type', 'custom_connection', '--client-id', 'the-client');
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: 'fill in client_secret there, or set XERO_CLIENT_SECRET in .env\n',
  });
});

test('what the variables hold is not missing, and is not written', async () => {
  const variables = { XERO_CLIENT_ID: 'id-of-variable', XERO_CLIENT_SECRET: 'secret-of-variable' };
  const { stderr } = await place.run(['init', 'acme'], { variables });
  expect(stderr).toBe('');
  expect(fs.readFileSync(place.fileOf('acme'), 'utf8')).not.toContain('of-variable');
});

test('a folder that does not exist is made', async () => {
  const { code, stdout } = await place.run(['--environments', 'customers/of/today', 'init', 'acme']);
  const file = 'customers/of/today/acme.postman_environment.json';
  expect({ code, stdout }).toEqual({ code: 0, stdout: `acme: ${file} is ready\n` });
  expect(fs.statSync(path.join(place.folder, file)).mode & 0o777).toBe(0o600);
});

describe('without a folder of environments', () => {
  /** Root has a folder of the system, which is not for tests: it becomes another user. */
  const uid = isRoot ? nobody : undefined;

  beforeEach(() => {
    fs.rmdirSync(path.join(place.folder, 'environments'));
    if (uid !== undefined) fs.chownSync(place.folder, uid, uid);
  });

  test.each<[string, (home: string) => Record<string, string>, string]>([
    ['XDG_DATA_HOME', (home) => ({ XDG_DATA_HOME: `${home}/data` }), 'data/evergrant'],
    ['the home', () => ({}), '.local/share/evergrant'],
  ])('the data folder in %s is made, for this user alone, and found by the next command', async (_, of, made) => {
    const as = { variables: of(place.folder), ...(uid === undefined ? {} : { uid }) };
    const run = (...args: string[]): Promise<Result> => startProgram(place.folder, args, as).ended;
    expect(await run('init', 'acme')).toMatchObject({ code: 0 });
    const folder = path.join(place.folder, made);
    expect(fs.readdirSync(folder)).toEqual(['acme.postman_environment.json']);
    expect(fs.statSync(folder).mode & 0o777).toBe(0o700);
    expect((await run('status')).stdout).toContain('acme');
    expect(fs.readdirSync(place.folder)).not.toContain('environments');
  });

  test.runIf(isRoot)('a user without a home is told to name one', async () => {
    fs.chownSync(place.folder, 0, 0);
    fs.chmodSync(place.folder, 0o755);
    const run = (...args: string[]): Promise<Result> =>
      startProgram(place.folder, args, { variables: { HOME: '' }, uid: 54_321 }).ended;
    for (const words of [['init', 'acme'], ['refresh', '--all'], ['status']]) {
      expect(await run(...words)).toMatchObject(refusal(2, /cannot (make|read)/, /--environments DIR/));
    }
    expect(await run('schedule', 'kubernetes')).toMatchObject({ code: 0 });
  });
});

test('two environments have ids of their own, and the name of their file inside', async () => {
  await init('acme');
  await init('bakery');
  const [acme, bakery] = ['acme', 'bakery'].map(
    (name) => JSON.parse(fs.readFileSync(place.fileOf(name), 'utf8')) as { id: string; name: string },
  );
  expect([acme?.name, bakery?.name]).toEqual(['acme', 'bakery']);
  expect(acme?.id).toMatch(/^[0-9a-f-]{36}$/);
  expect(bakery?.id).not.toBe(acme?.id);
});

test('an environment that is there already is refused, and left as it is', async () => {
  place.write('acme', 'anything');
  expect(await init('acme')).toMatchObject(refusal(2, /there already/, /status acme/));
  expect(fs.readFileSync(place.fileOf('acme'), 'utf8')).toBe('anything');
});

test.each<[string, string[], object]>([
  ['an unknown app type', ['acme', '--app-type', 'spa'], refusal(2, /no such app type/, /web, pkce, custom_conn/)],
  ['a bad name', ['Acme Ltd'], refusal(2, /no name for an environment/, /as in acme-ltd/)],
  ['a path', ['../acme'], refusal(2, /no name for an environment/, /small letters/)],
])('%s is refused, and makes no file', async (_, args, expected) => {
  expect(await init(...args)).toMatchObject({ ...expected, stdout: '' });
  expect(fs.readdirSync(path.join(place.folder, 'environments'))).toEqual([]);
});

test('a client secret is no flag, and is not repeated', async () => {
  const { code, stderr } = await init('acme', '--client-secret=the-secret-itself');
  expect(code).toBe(2);
  expect(stderr).toContain('unknown option');
  expect(stderr).not.toContain('the-secret-itself');
});

describe.skipIf(isWithoutTerminal)('on a terminal', () => {
  test('what is missing is asked for, and the secret is not shown', async () => {
    const { type, shows, ended } = startOnTerminal(place.folder, ['init', 'acme'], { columns: 120, lines: 24 });
    await shows('app type (web, pkce, custom_connection; blank for web)');
    type('\r');
    await shows('client id, from developer.xero.com');
    type('the-client\r');
    await shows('client secret (not shown)');
    type('the-secret-itself\r');
    await shows('redirect URI, exactly as in the app (blank for http://localhost:8080/callback)');
    type('\r');
    const { code, screen } = await ended;
    expect(code).toBe(0);
    expect(screen).toContain('next: npx evergrant consent acme');
    expect(screen).not.toContain('the-secret-itself');
    expect(place.rows('acme')).toMatchObject({
      app_type: 'web',
      client_id: 'the-client',
      client_secret: 'the-secret-itself',
      redirect_uri: 'http://localhost:8080/callback',
    });
  });

  test('what the flags say is not asked for', async () => {
    const flags = ['--app-type', 'pkce', '--redirect-uri', 'https://app.example/cb'];
    const { type, shows, ended } = startOnTerminal(place.folder, ['init', 'acme', ...flags], {
      columns: 120,
      lines: 24,
    });
    await shows('client id, from developer.xero.com');
    type('the-client\r');
    const { code, screen } = await ended;
    expect(code).toBe(0);
    expect(screen).not.toMatch(/app type|client secret|redirect URI/);
    expect(place.rows('acme')).toMatchObject({ client_id: 'the-client', redirect_uri: 'https://app.example/cb' });
  });
});
