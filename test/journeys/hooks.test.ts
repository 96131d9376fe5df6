import fs from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { expectNoSecret } from '../support/leaks';
import { untilGone } from '../support/processes';
import { makeWorkplace, type Result, type RunOptions, type Workplace } from '../support/program';
import { startProgram, type Running } from '../support/running';
import { answerWith, startXeroServer, type XeroServer } from '../support/servers/xero-server';

let xero: XeroServer;
let place: Workplace;
const started: Running[] = [];

beforeAll(async () => {
  xero = await startXeroServer();
});
afterAll(() => xero.close());
beforeEach(() => {
  place = makeWorkplace();
  fs.writeFileSync(path.join(place.folder, 'hook.js'), hookScript);
});
afterEach(async () => {
  resume();
  await Promise.all(started.splice(0).map(({ ended }) => ended));
  xero.forget();
  fs.rmSync(place.folder, { recursive: true });
});

/** A hook that notes what it is given; with `hold` as its last word it then waits for the test to go on. */
const hookScript = `
const fs = require('node:fs');
const [hook, ...words] = process.argv.slice(2);
fs.appendFileSync('calls', JSON.stringify({ hook, words, variables: process.env, pid: process.pid }) + '\\n');
const end = () => (fs.existsSync('go') ? process.exit() : setTimeout(end, 5));
if (words.at(-1) === 'hold') end();
`;

interface Call {
  readonly hook: string;
  readonly words: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  readonly pid: number;
}

function calls(): Call[] {
  const file = path.join(place.folder, 'calls');
  if (!fs.existsSync(file)) return [];
  const lines = fs.readFileSync(file, 'utf8').split('\n').slice(0, -1); // the last may still be written
  return lines.map((line) => JSON.parse(line) as Call);
}

/** Which hook was called, of which environment, from what to what. */
function notified(): string[] {
  return calls().map(({ hook, variables: { EVERGRANT_NAME, EVERGRANT_PREVIOUS_OUTCOME, EVERGRANT_OUTCOME } }) =>
    [hook, EVERGRANT_NAME, `${EVERGRANT_PREVIOUS_OUTCOME}>${EVERGRANT_OUTCOME}`].join(' '),
  );
}

function resume(): void {
  fs.writeFileSync(path.join(place.folder, 'go'), '');
}

async function untilCalled(times: number): Promise<void> {
  while (calls().length < times) await new Promise((resolve) => setTimeout(resolve, 5));
}

const hooks = (word = ''): string[] =>
  ['refreshed', 'consent-needed', 'failure'].flatMap((name) => [`--on-${name}`, `node hook.js ${name} ${word}`]);

function tick(args: readonly string[] = hooks(), options: RunOptions = {}): Promise<Result> {
  return place.run(['refresh', '--all', '--no-jitter', '--patience', '0s', ...args], options);
}

function startTick(...args: string[]): Running {
  const running = startProgram(place.folder, ['refresh', '--all', '--no-jitter', ...args]);
  started.push(running);
  return running;
}

type Rows = Readonly<Record<string, string>>;
type App = 'web' | 'pkce' | 'custom_connection';

function connect(name: string, rows: Rows = {}, app: App = 'web'): void {
  place.write(name, xero.environment(app, name, { ...xero.connectedRows(app), tenant_name: 'Maple Bakery', ...rows }));
}

const dead: Rows = { grant_status: 'consent_needed' };
const due: Rows = { access_token_expires_at: '2026-01-01T00:00:00.000Z' };

describe('hooks are notified once of a change, over many ticks:', () => {
  test('new tokens', async () => {
    connect('acme', due);
    for (let count = 0; count < 3; count++) expect((await tick()).code).toBe(0);
    expect(notified()).toEqual(['refreshed acme >refreshed']);
  });

  test('a consent that is needed, and that it is no more, and is again', async () => {
    connect('acme', dead);
    for (let count = 0; count < 3; count++) expect((await tick()).code).toBe(3);
    connect('acme', { generation: '2' });
    for (let count = 0; count < 2; count++) expect((await tick()).code).toBe(0);
    connect('acme', { generation: '2', ...dead });
    for (let count = 0; count < 2; count++) expect((await tick()).code).toBe(3);
    const needed = 'consent-needed acme';
    expect(notified()).toEqual([
      `${needed} >consent_needed`,
      'refreshed acme consent_needed>adopted',
      `${needed} adopted>consent_needed`,
    ]);
  });

  test('a failure, and the next one after it was well again', async () => {
    connect('acme');
    const text = fs.readFileSync(place.fileOf('acme'), 'utf8');
    for (const broken of ['{', '']) {
      place.write('acme', broken);
      expect((await tick()).code).toBe(2);
    }
    place.write('acme', text);
    expect((await tick()).code).toBe(0);
    xero.next('token', answerWith(503, ''));
    expect((await tick([...hooks(), '--force'])).code).toBe(4);
    expect(notified()).toEqual(['failure acme >invalid', 'failure acme not_due>temporary_failure']);
  });

  test('a refresh by somebody else, of whom a tick learns later', async () => {
    connect('acme');
    await tick();
    expect(notified()).toEqual([]);
    expect((await place.run(['token', 'acme', '--min-validity', '1h'])).code).toBe(0);
    await tick();
    await tick();
    expect(notified()).toEqual(['refreshed acme not_due>adopted']);
  });

  test('by one of two processes at once, and again after that one was killed', async () => {
    connect('acme', dead);
    const first = startTick(...hooks('hold'));
    await untilCalled(1);
    expect((await tick()).code).toBe(3); // while the hook of the first still runs
    expect(notified()).toHaveLength(1);
    first.signal('SIGKILL');
    resume();
    await first.ended;
    await tick();
    await tick();
    expect(notified()).toEqual(Array(2).fill('consent-needed acme >consent_needed'));
  });
});

describe('no hook', () => {
  test('runs in a dry run', async () => {
    connect('acme', dead);
    connect('beta', due);
    expect((await tick([...hooks(), '--dry-run'])).code).toBe(0);
    expect(notified()).toEqual([]);
  });

  test('means that no record of notifications is kept', async () => {
    connect('acme', dead);
    await tick([]);
    expect(fs.existsSync(recordFile('acme'))).toBe(false);
    await tick(['--on-failure', 'node hook.js failure']);
    expect(fs.statSync(recordFile('acme')).mode & 0o777).toBe(0o600);
    expect(notified()).toEqual([]);
  });
});

function recordFile(name: string): string {
  return path.join(place.folder, 'environments/.evergrant', path.basename(place.fileOf(name)), 'told');
}

describe('a hook is given', () => {
  test.each(['web', 'pkce'] as const)('a consent link that works, of a %s app', async (app) => {
    connect('acme', dead, app);
    await tick();
    const { EVERGRANT_CONSENT_LINK: link = '', EVERGRANT_CONSENT_LINK_GOOD_UNTIL: until = '' } =
      calls()[0]?.variables ?? {};
    expect(Math.round((Date.parse(until) - Date.now()) / 86_400_000)).toBe(14);
    expect((await place.run(['exchange'], { input: xero.consent(link) })).code).toBe(0);
    expect(place.rows('acme')).toMatchObject({ grant_status: 'connected', generation: '2' });
  });

  test('no link when none can be made, which is said', async () => {
    connect('acme', { ...dead, redirect_uri: '' });
    connect('beta', dead, 'custom_connection'); // which never has one
    const { code, stderr } = await tick();
    expect([code, ...calls().map(({ variables }) => variables['EVERGRANT_CONSENT_LINK'])]).toEqual([3, '', '']);
    expect(stderr).toContain('no consent link for the hook of acme: redirect_uri is missing');
    expect(stderr).not.toContain('for the hook of beta');
  });

  test('what happened, and where: its own evergrant finds the environment', async () => {
    connect('acme', dead);
    await tick();
    expect(calls()[0]?.variables).toMatchObject({
      EVERGRANT_NAME: 'acme',
      EVERGRANT_OUTCOME: 'consent_needed',
      EVERGRANT_PREVIOUS_OUTCOME: '',
      EVERGRANT_TENANT_ID: '',
      EVERGRANT_TENANT_NAME: 'Maple Bakery',
      EVERGRANT_ERROR_CODE: 'consent_needed',
      EVERGRANT_MESSAGE: 'acme needs consent: Xero has ended this connection',
      EVERGRANT_HINT: expect.stringMatching(/^make a link and send it: node \S+\/dist\/cli.js consent acme$/),
      EVERGRANT_ENVIRONMENTS: path.join(fs.realpathSync(place.folder), 'environments'),
    });
  });

  test('the variables of the process, and no secret among them', async () => {
    const secrets = ['canary-of-dotenv+/=', 'canary-of-process+/=', 'canary-of-a-name+/='];
    const [ofDotEnv = '', ofProcess = '', ofName = ''] = secrets;
    fs.writeFileSync(path.join(place.folder, '.env'), `XERO_CLIENT_SECRET=${ofDotEnv}\n`);
    connect('acme', { ...dead, client_secret: '' });
    connect('beta', dead);
    const rows = place.rows('beta');
    const mine = { MINE: 'mine', CRM: `Bearer ${rows['access_token']}`, BASIC: btoa(`id:${rows['client_secret']}`) };
    await tick(hooks(), { variables: { ...mine, COPY: ofDotEnv, XERO_ACCESS_TOKEN: ofName } });
    fs.rmSync(recordFile('acme'));
    await tick(hooks(), { variables: { ...mine, XERO_CLIENT_SECRET: ofProcess, COPY: ofProcess } });
    expect(notified().toSorted()).toEqual(
      ['acme', 'acme', 'beta'].map((name) => `consent-needed ${name} >consent_needed`),
    );
    for (const { variables } of calls()) {
      expect(variables).toMatchObject({ MINE: 'mine', HOME: place.folder });
      const foreign =
        variables['EVERGRANT_NAME'] === 'acme' ? [] : Object.values(rows).filter((row) => xero.secrets.has(row));
      expectNoSecret(JSON.stringify(variables), [...secrets, ...foreign], 'what a hook is given');
    }
  });
});

describe('the command of a hook', () => {
  test('runs in no shell, unless one is asked for', async () => {
    connect('acme', dead);
    await tick(['--on-consent-needed', `node hook.js words "a  b" 'c"d' \\; $HOME | * > "\`id\`"`]);
    expect(calls()[0]?.words).toEqual(['a  b', 'c"d', ';', '$HOME', '|', '*', '>', '`id`']);
    connect('beta', dead);
    await tick(['--on-consent-needed', 'node hook.js "$EVERGRANT_NAME" | wc -l; exit 3', '--hook-shell']);
    expect(calls()[1]?.hook).toBe('beta');
  });

  test('can be in .env or the process, and the option wins', async () => {
    const write = (line: string): void => fs.writeFileSync(path.join(place.folder, '.env'), line);
    write(`EVERGRANT_ON_CONSENT_NEEDED='node hook.js file'\nEVERGRANT_HOOK_TIMEOUT=5m`);
    const variables = { EVERGRANT_ON_CONSENT_NEEDED: 'node hook.js process' };
    for (const [name, run] of [
      ['acme', () => tick([])],
      ['beta', () => tick([], { variables })],
      ['gamma', () => tick(['--on-consent-needed', 'node hook.js option'], { variables })],
    ] as const) {
      connect(name, dead);
      await run();
    }
    expect(notified()).toEqual(['file acme', 'process beta', 'option gamma'].map((one) => `${one} >consent_needed`));
    connect('delta', due);
    write(`EVERGRANT_ON_FAILURE='node "hook.js'`);
    const { code, stderr } = await tick([]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('evergrant: the command of EVERGRANT_ON_FAILURE')]);
    expect(place.rows('delta')['generation']).toBe('1');
  });

  test('is as the README has it', async () => {
    const readme = fs.readFileSync('README.md', 'utf8');
    const [, hook = ''] = /--hook-shell --on-consent-needed \\\n {2}'([^']+)'/.exec(readme) ?? [];
    const curl = `#!${process.execPath}\nconsole.log(JSON.stringify(process.argv.slice(2)))`;
    fs.mkdirSync(path.join(place.folder, 'bin'));
    fs.writeFileSync(path.join(place.folder, 'bin', 'curl'), curl, { mode: 0o755 });
    connect('acme', dead);
    const PATH = [path.join(place.folder, 'bin'), process.env['PATH']].join(path.delimiter);
    const { stderr } = await tick(['--hook-shell', '--on-consent-needed', hook], { variables: { PATH } });
    const words = JSON.parse(/^on-consent-needed \(acme\): (.*)$/m.exec(stderr)?.[1] ?? '[]') as unknown[];
    const news = `acme needs consent: Xero has ended this connection: ${xero.url}/identity/connect/authorize?`;
    expect(words).toEqual(['-fsS', '-d', expect.stringContaining(news), expect.stringMatching(/^https:/)]);
  });

  test('may be evergrant itself, and nothing that it prints shows a secret', async () => {
    connect('acme', due);
    const evergrant = `"${process.execPath}" "${path.resolve('dist/cli.js')}"`;
    const line = `${evergrant} token "$EVERGRANT_NAME" --min-validity 1h; grep token environments/*.json >&2; echo done`;
    const { code, stderr } = await tick(['--on-refreshed', line, '--hook-shell']);
    expect([code, place.rows('acme')['generation']]).toEqual([0, '3']);
    expect(stderr).toContain('on-refreshed (acme): done');
    expect(stderr).toMatch(/on-refreshed \(acme\): \[secret\]/);
    expectNoSecret(stderr, xero.secrets, 'stderr');
  });
});

describe('a hook that fails', () => {
  test.each([
    ['node -e "process.exit(3)"', 'ended with exit code 3'],
    ['node -e "process.kill(process.pid, `SIGKILL`)"', 'was ended by SIGKILL'],
    ['node -e "setInterval(() => {}, 1000)"', 'took too long and was ended'],
    ['./no-such-command', 'could not be started (ENOENT)'],
    ['./environments', 'could not be started (EACCES)'],
  ])('is reported, and not run again for its change: %s', async (command, what) => {
    for (const name of ['acme', 'beta']) connect(name);
    await tick();
    connect('acme', { generation: '2' });
    const args = ['--json', '--on-refreshed', command, '--hook-timeout', what.includes('long') ? '300ms' : '60s'];
    const { code, stdout, stderr } = await tick(args);
    const message = `the on-refreshed hook for acme ${what}`;
    expect(code).toBe(2);
    expect(stderr).toContain(`evergrant: ${message}\n  → `);
    const { results } = JSON.parse(stdout) as { results: object[] };
    const hookError = { code: 'hook_failed', message, hint: expect.any(String) as string };
    expect(results).toMatchObject([
      { environment: 'acme', outcome: 'not_due', error: null, hookError },
      { outcome: 'not_due' },
    ]);
    expect(results[1]).not.toHaveProperty('hookError');
    expect(await tick(args)).toMatchObject({ code: 0, stderr: '' });
  });

  test('does not hide a worse exit code', async () => {
    connect('acme', dead);
    expect((await tick(['--on-consent-needed', 'node -e "process.exit(1)"'])).code).toBe(3);
  });

  test.each<[string, (file: string) => void]>([
    ['a link', (file) => (fs.renameSync(file, `${file}.real`), fs.symlinkSync(`${file}.real`, file))],
    ['open for others to write', (file) => fs.chmodSync(file, 0o666)],
  ])('a record that is %s is not trusted: a stranger must not silence hooks', async (_, spoil) => {
    connect('acme', dead);
    await tick();
    expect(await tick()).toMatchObject({ stderr: expect.not.stringContaining('cannot note in ') });
    const before = notified().length;
    spoil(recordFile('acme'));
    expect((await tick()).stderr).toMatch(/cannot note in .*so it is not believed/);
    expect(notified()).toHaveLength(before + 1);
  });

  test('to be recorded runs with every tick, and says so', async () => {
    connect('acme', dead);
    fs.mkdirSync(recordFile('acme'), { recursive: true });
    for (let count = 0; count < 2; count++) expect((await tick()).stderr).toContain('cannot note in ');
    expect(notified()).toHaveLength(2);
  });
});

test('after a signal no further hook is started, running ones are waited for, and the next tick notifies of the rest', async () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  for (const name of names) connect(name);
  await tick();
  for (const name of names) connect(name, { generation: '2' });
  const running = startTick(...hooks('hold'));
  await untilCalled(4);
  running.signal('SIGTERM');
  resume();
  expect((await running.ended).code).toBe(143);
  expect(notified()).toHaveLength(4);
  expect((await tick()).code).toBe(0);
  expect(notified().toSorted()).toEqual(names.map((name) => `refreshed ${name} not_due>adopted`));
});

test.skipIf(process.platform !== 'linux')('a second signal ends evergrant at once, and the hook with it', async () => {
  connect('acme', dead);
  const running = startTick(...hooks('hold'));
  await untilCalled(1);
  running.signal('SIGTERM');
  running.signal('SIGHUP');
  expect([143, 129]).toContain((await running.ended).code);
  await untilGone(calls()[0]?.pid ?? 0);
});
