import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeWorkplace, type Result, type RunOptions, type Workplace } from '../support/program';
import { answerWith, holdTokenRequest, startXeroServer, type XeroServer } from '../support/servers/xero-server';
import { isWithoutTerminal, startOnTerminal } from '../support/terminal';

type Rows = Readonly<Record<string, string>>;

let xero: XeroServer;
let place: Workplace;

beforeAll(async () => {
  xero = await startXeroServer();
});

afterAll(() => xero.close());

beforeEach(() => {
  place = makeWorkplace();
  xero.forget();
});

const dayMs = 86_400_000;
const due: Rows = { access_token_expires_at: '2026-01-01T00:00:00.000Z' };
const dead: Rows = { grant_status: 'consent_needed' };

function connect(name: string, rows: Rows = {}): void {
  place.write(name, xero.environment('web', name, { ...xero.connectedRows(), ...rows }));
}

const args = ['refresh', '--all', '--no-jitter', '--patience', '0s'];

function tick(more: readonly string[] = [], options: RunOptions = {}): Promise<Result> {
  return place.run([...args, ...more], options);
}

function silence(times = 10): void {
  xero.next('token', ...Array.from({ length: times }, () => answerWith(503, '')));
}

const record = (): string => path.join(place.folder, 'environments/.evergrant/said.json');

/** Puts what was said some days into the past. */
function age(days: number): void {
  const text = fs.readFileSync(record(), 'utf8');
  const older = text.replaceAll(/"saidAt":"([^"]+)"/g, (_, at: string) => {
    return `"saidAt":"${new Date(Date.parse(at) - days * dayMs).toISOString()}"`;
  });
  fs.writeFileSync(record(), older);
}

describe('cron is told', () => {
  test('nothing while all is well, whatever is refreshed', async () => {
    for (const name of ['acme', 'birch']) connect(name, due);
    expect(await tick()).toMatchObject({ code: 0, stderr: '' });
    expect(await tick()).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(fs.existsSync(record())).toBe(false);
  });

  test('of an outage once, with the names of a few, and once that it is over', async () => {
    for (const name of ['acme', 'birch', 'cedar']) connect(name, due);
    silence(3);
    const first = await tick();
    expect(first).toMatchObject({ code: 4, stdout: '' });
    expect(first.stderr).toMatch(
      /^evergrant: 3 environments: Xero does not answer since \d\d:\d\d UTC: acme, birch, cedar\n {2}such as: Xero is not answering for acme: HTTP 503.*; nothing is lost\n {2}→ run again.*\n$/,
    );
    silence(3);
    expect(await tick()).toEqual({ code: 4, stdout: '', stderr: '' });
    const last = await tick();
    expect(last.code).toBe(0);
    expect(last.stderr).toMatch(
      /^evergrant: 3 environments work again since .* UTC, after \d+ s: Xero did not answer: acme, birch, cedar\n$/,
    );
    expect(await tick()).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  test('of a connection that Xero has ended once: by the run that finds it, and not by those that know it', async () => {
    connect('acme', { ...due, refresh_token: 'a-token-that-is-known-no-more' });
    expect(await tick()).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('acme needs consent: Xero refused'),
    });
    expect(await tick()).toMatchObject({ code: 3, stderr: '' });
    connect('acme', due);
    expect(await tick()).toMatchObject({ code: 0, stderr: expect.stringContaining('acme works again') });
    expect(await tick()).toMatchObject({ code: 0, stderr: '' });
  });

  test('of one environment in its own words, with what mends it', async () => {
    connect('acme', dead);
    const { code, stderr } = await tick();
    expect([code, stderr]).toEqual([
      3,
      'evergrant: acme needs consent: Xero has ended this connection\n  → make a link and send it: npx evergrant consent acme\n',
    ]);
    expect(await tick(['--json'])).toMatchObject({ code: 3, stderr: '' });
    connect('acme', { generation: '2' });
    expect((await tick()).stderr).toMatch(/^evergrant: acme works again since .*: a consent was needed\n$/);
  });

  test('of no end of an outage by a run that asked nobody, but by one after somebody’s refresh', async () => {
    connect('acme');
    xero.next('token', answerWith(429, ''));
    expect((await tick(['--force'])).stderr).toContain('Xero is not answering for acme');
    expect(await tick()).toEqual({ code: 0, stdout: '', stderr: '' });
    expect((await place.run(['refresh', 'acme', '--force'])).code).toBe(0);
    expect((await tick()).stderr).toMatch(/^evergrant: acme works again since .*: Xero did not answer\n$/);
  });

  test('in time, though it was noted by a clock that was far ahead', async () => {
    connect('acme', dead);
    await tick();
    age(-361);
    fs.writeFileSync(record(), fs.readFileSync(record(), 'utf8').replace(/"since":"\d{4}/, '"since":"2126'));
    expect(await tick(['--remind', '3d'])).toMatchObject({ code: 3, stderr: '' });
    age(3);
    expect((await tick(['--remind', '3d'])).stderr).toContain('reminder: 1 environment');
    fs.writeFileSync(record(), fs.readFileSync(record(), 'utf8').replace(/"since":"\d{4}/, '"since":"2126'));
    connect('acme', { generation: '2' });
    expect((await tick()).stderr).toMatch(/^evergrant: acme works again since \S+ UTC: a consent was needed\n$/);
  });

  test('of two environments of one user once, though it is no failure', async () => {
    for (const name of ['acme', 'birch']) connect(name, { authorised_user_id: 'the-user' });
    expect((await tick()).stderr).toMatch(/^note: acme and birch are of the same Xero user/);
    expect(await tick()).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  test('every time, and why, where what was said can’t be kept', async () => {
    connect('acme', dead);
    fs.mkdirSync(record(), { recursive: true });
    for (let count = 0; count < 2; count++) {
      const { stderr } = await tick();
      expect(stderr).toMatch(/^evergrant: acme needs consent/);
      expect(stderr).toMatch(
        /cannot note in .*said\.json what was said .*\n {2}→ .*until then every run says all again\n$/,
      );
    }
    connect('acme');
    expect(await tick()).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  test('all again, where somebody else could have written what was said', async () => {
    connect('acme', dead);
    await tick();
    fs.chmodSync(record(), 0o666);
    expect((await tick()).stderr).toMatch(/^evergrant: acme needs consent/);
  });

  test('of those that are named each time: somebody waits for the result', async () => {
    connect('acme', dead);
    for (let count = 0; count < 2; count++) {
      expect((await place.run(['refresh', 'acme'])).stderr).toMatch(/^evergrant: acme needs consent/);
    }
  });
});

describe('a reminder', () => {
  const hook = [
    '--on-consent-needed',
    `node -e "require('fs').appendFileSync('calls', process.env.EVERGRANT_NAME + ' ')"`,
  ];
  const calls = (): string => {
    const file = path.join(place.folder, 'calls');
    return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
  };

  test('comes when a consent is needed for long, by mail and by hook, once for each time', async () => {
    connect('acme', dead);
    await tick([...hook, '--remind', '3d']);
    expect(calls()).toBe('acme ');
    expect(await tick([...hook, '--remind', '3d'])).toMatchObject({ stderr: '' });
    age(3);
    const { code, stderr } = await tick([...hook, '--remind', '3d']);
    expect([code, stderr]).toEqual([
      3,
      expect.stringMatching(
        /^evergrant: reminder: 1 environment: somebody at Xero has to consent again .*: acme\n {2}→ .*consent NAME\n$/,
      ),
    ]);
    expect(await tick([...hook, '--remind', '3d'])).toMatchObject({ stderr: '' });
    expect(calls()).toBe('acme acme ');
  });

  test('comes of a link that nobody opened, which is no trouble', async () => {
    connect('acme', { access_token: '', refresh_token: '', grant_status: 'never_connected' });
    expect((await place.run(['consent', 'acme', '--no-check'])).code).toBe(0);
    expect(await tick([...hook, '--remind', '1h'])).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(calls()).toBe('');
    age(1);
    const file = place.fileOf('acme');
    const [state = ''] = /eg2\.[^"]+/.exec(fs.readFileSync(file, 'utf8')) ?? [];
    const [version, payload = '', mac] = state.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { t: number };
    const older = Buffer.from(JSON.stringify({ ...claims, t: claims.t - 86_400 })).toString('base64url');
    fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(state, [version, older, mac].join('.')));
    const { code, stderr } = await tick([...hook, '--remind', '1h']);
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(
        /^evergrant: reminder: 1 environment: a link was sent and nobody has opened it since .*: acme\n {2}→ /,
      ),
    ]);
    expect(calls()).toBe('acme ');
    expect(await tick([...hook, '--remind', '1h'])).toMatchObject({ code: 0, stderr: '' });
  });

  test('takes an hour at the least', async () => {
    connect('acme');
    expect(await tick(['--remind', '5m'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--remind') as string,
    });
  });
});

test('the hook on-recovered tells what is over, with the outcome before', async () => {
  connect('acme', due);
  const hook = `node -e "require('fs').appendFileSync('calls', process.env.EVERGRANT_PREVIOUS_OUTCOME + '>' + process.env.EVERGRANT_OUTCOME)"`;
  const hooks = ['--on-recovered', hook];
  silence(1);
  expect((await tick(hooks)).code).toBe(4);
  expect((await tick(hooks)).code).toBe(0);
  expect((await tick(hooks)).code).toBe(0);
  expect(fs.readFileSync(path.join(place.folder, 'calls'), 'utf8')).toBe('temporary_failure>refreshed');
});

test('status knows since when it fails from what was said, when the log has forgotten', async () => {
  connect('acme', { ...due, client_secret: 'wrong' });
  for (let count = 0; count < 2; count++) expect((await tick()).code).toBe(7);
  const [{ since } = { since: '' }] = (
    JSON.parse(fs.readFileSync(record(), 'utf8')) as { troubles: { since: string }[] }
  ).troubles;
  const log = path.join(place.folder, 'environments/.evergrant/log.jsonl');
  fs.writeFileSync(log, `${fs.readFileSync(log, 'utf8').trimEnd().split('\n').at(-1) ?? ''}\n`);
  const { stdout } = await place.run(['status', '--json']);
  expect((JSON.parse(stdout) as { environments: object[] }).environments).toMatchObject([{ detail: 'failing', since }]);
});

test.skipIf(isWithoutTerminal)(
  'on a terminal everything is shown each time, and cron is told of it all the same',
  async () => {
    connect('acme', dead);
    for (let count = 0; count < 2; count++) {
      const { screen } = await startOnTerminal(place.folder, args, { columns: 100, lines: 20 }).ended;
      expect(screen).toContain('acme needs consent');
      expect(screen).toContain('1 environment: 1 consent needed');
    }
    expect((await tick()).stderr).toMatch(/^evergrant: acme needs consent/);
  },
);

test('until when Xero wants to be left alone is said by whatever would ask, and by what shows it', async () => {
  connect('acme');
  const run = (...words: string[]): Promise<Result> => place.run(words);
  xero.next('token', answerWith(429, '', { 'retry-after': '80000' }));
  const first = await run('refresh', 'acme', '--force');
  expect([first.code, first.stderr]).toEqual([
    4,
    expect.stringMatching(/HTTP 429.*; nothing is lost\n {2}→ run again in 22 h 13 min, as Xero asked: /),
  ]);
  const asked = xero.requests.length;
  const alone = /acme is left alone until (\d{4}-\d\d-\d\d )?\d\d:\d\d UTC, as Xero asked/;
  for (const args of [['acme'], ['--all', '--no-jitter']]) {
    const { code, stdout, stderr } = await run('refresh', ...args, '--force', '--dry-run');
    expect([code, stdout, stderr]).toEqual([4, '', expect.stringMatching(alone)]);
  }
  expect((await run('status')).stderr).toMatch(alone);
  expect((await run('doctor', 'acme')).stdout).toMatch(
    /wait until [^;]* UTC, as Xero asked; then: .*refresh acme --force/,
  );
  expect(
    xero.requests.slice(asked).filter(({ endpoint, method }) => endpoint === 'token' && method === 'POST'),
  ).toEqual([]);
});

test('one that is renamed while all are refreshed is no trouble', async () => {
  connect('acme', due);
  connect('birch', { access_token_expires_at: '2026-01-02T00:00:00.000Z' });
  const held = holdTokenRequest(xero);
  const running = place.run(['refresh', '--all', '--no-jitter', '--concurrency', '1']);
  await held.arrived;
  await place.run(['rename', 'birch', 'maple']);
  held.answer();
  expect(await running).toMatchObject({ code: 0, stderr: '' });
  expect(place.rows('maple')).toMatchObject({ generation: '1' });
});
