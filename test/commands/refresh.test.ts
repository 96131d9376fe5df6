import fs from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { expectNoSecret, expectNoSecretInFiles } from '../support/leaks';
import { makeWorkplace, type Result, type Workplace } from '../support/program';
import { refusal } from '../support/refusal';
import { startProgram } from '../support/running';
import {
  answerWith,
  hangUp,
  holdTokenRequest,
  loseAnswer,
  startXeroServer,
  type Handler,
  type XeroServer,
} from '../support/servers/xero-server';

type Rows = Record<string, string>;

const [minuteMs, dayMs] = [60_000, 86_400_000];

let xero: XeroServer;
let place: Workplace;
/** What acme's file holds. */
let rows: Rows;

beforeAll(async () => {
  xero = await startXeroServer();
});

afterAll(() => xero.close());

beforeEach(() => {
  place = makeWorkplace();
  rows = xero.connectedRows();
  connect('acme', rows);
});

afterEach(() => {
  xero.forget();
  expectNoSecretInFiles(place.folder, xero.secrets);
});

function connect(name: string, held: Rows = xero.connectedRows()): void {
  place.write(name, xero.environment('web', name, held));
}

/** Changes what acme's file holds. */
function edit(changes: Rows): void {
  connect('acme', (rows = { ...rows, ...changes }));
}

/** Runs the program; nothing it says may be a secret. */
async function evergrant(...args: string[]): Promise<Result> {
  const result = await place.run(args);
  expectNoSecret(result.stdout + result.stderr, xero.secrets, args.join(' '));
  return result;
}

/** Runs the program, and makes sure that acme's tokens are as they were. */
async function refused(...args: string[]): Promise<Result> {
  const result = await evergrant(...args);
  expect(place.rows('acme')).toMatchObject({
    access_token: rows['access_token'],
    refresh_token: rows['refresh_token'],
    generation: '1',
  });
  return result;
}

const textOf = (name: string): string => fs.readFileSync(place.fileOf(name), 'utf8');
const after = (ms: number): string => new Date(Date.now() + ms).toISOString();

describe('what is due', () => {
  test('an access token that has less left than --min-validity is refreshed', async () => {
    expect(await evergrant('refresh', 'acme')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^acme: not due, access token good for \d\d min\n$/),
    });
    expect(await evergrant('refresh', 'acme', '--min-validity', '31m')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^acme: refreshed, access token good for \d\d min\n$/),
    });
  });

  test('--keep-alive refreshes a token that was rotated yesterday, and not one of today', async () => {
    edit({ access_token_expires_at: after(-minuteMs), refresh_token_expires_at: after(60 * dayMs - 60 * minuteMs) });
    expect(await evergrant('refresh', 'acme', '--keep-alive')).toMatchObject({
      code: 0,
      stdout: 'acme: not due, access token expired\n',
    });
    edit({ refresh_token_expires_at: after(59 * dayMs - minuteMs) });
    expect(await evergrant('refresh', 'acme', '--keep-alive')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^acme: refreshed, access token good for \d\d min\n$/),
    });
  });

  test('--dry-run says for each what would be done, sends nothing and writes nothing', async () => {
    connect('birch', { ...xero.connectedRows(), access_token_expires_at: after(minuteMs) });
    connect('cedar', { ...xero.connectedRows(), grant_status: 'consent_needed' });
    const [asked, before] = [xero.requests.length, ['acme', 'birch', 'cedar'].map(textOf)];
    const { code, stdout } = await evergrant('refresh', '--all', '--dry-run', '--json');
    const { results } = JSON.parse(stdout) as { results: { environment: string; outcome: string; dryRun: boolean }[] };
    expect(results.map(({ environment, outcome, dryRun }) => [environment, outcome, dryRun])).toEqual([
      ['acme', 'not_due', true],
      ['birch', 'refreshed', true],
      ['cedar', 'consent_needed', true],
    ]);
    expect({ code, asked: xero.requests.length }).toEqual({ code: 0, asked });
    expect(['acme', 'birch', 'cedar'].map(textOf)).toEqual(before);
  });
});

describe('what is printed', () => {
  test('results are in the order of the names, one of which may be a path', async () => {
    connect('birch');
    const { code, stdout } = await evergrant('refresh', 'environments/birch.postman_environment.json', 'acme');
    expect({ code, names: stdout.match(/^\w+/gm) }).toEqual({ code: 0, names: ['birch', 'acme'] });
  });

  test('a name that is given twice counts once', async () => {
    connect('birch');
    const { code, stdout, stderr } = await evergrant('refresh', 'acme', 'birch', 'acme');
    expect({ code, names: stdout.match(/^\w+/gm) }).toEqual({ code: 0, names: ['acme', 'birch'] });
    expect(stderr).not.toContain('acme and acme');
  });

  test('--json has the dates and the generation of each, and what is wrong with it', async () => {
    const birch: Rows = { ...xero.connectedRows(), grant_status: 'consent_needed' };
    connect('birch', birch);
    const { code, stdout, stderr } = await evergrant('refresh', 'acme', 'birch', '--force', '--json');
    const { access_token_expires_at, refresh_token_expires_at } = place.rows('acme');
    expect({ code, stderr, ...(JSON.parse(stdout) as object) }).toEqual({
      code: 3,
      stderr: '',
      results: [
        {
          environment: 'acme',
          tenantId: null,
          outcome: 'refreshed',
          generation: 2,
          accessTokenExpiresAt: access_token_expires_at,
          refreshTokenExpiresAt: refresh_token_expires_at,
          error: null,
        },
        {
          environment: 'birch',
          tenantId: null,
          outcome: 'consent_needed',
          generation: 1,
          accessTokenExpiresAt: birch['access_token_expires_at'],
          refreshTokenExpiresAt: birch['refresh_token_expires_at'],
          error: {
            code: 'consent_needed',
            message: expect.stringContaining('birch needs consent'),
            hint: expect.stringContaining('npx evergrant consent birch'),
          },
        },
      ],
    });
  });

  test('--all exits with 3 only where somebody must act: not for who waits, was handed over or is new', async () => {
    connect('birch', {});
    connect('cedar', { handed_over_at: after(-dayMs) });
    connect('dill', {});
    expect((await evergrant('consent', 'dill', '--no-check')).code).toBe(0);
    const { code, stdout } = await evergrant('refresh', '--all', '--no-jitter', '--json', '--force');
    const { results } = JSON.parse(stdout) as {
      results: { outcome: string; detail?: string; error: { code: string } }[];
    };
    expect(results.map(({ outcome, detail, error }) => [outcome, detail, error?.code])).toEqual([
      ['refreshed', undefined, undefined],
      ['consent_needed', undefined, 'never_connected'],
      ['not_due', 'moved', undefined],
      ['consent_needed', 'waiting', 'never_connected'],
    ]);
    expect(code).toBe(0);
    connect('elder', { ...xero.connectedRows(), grant_status: 'consent_needed' });
    expect(await evergrant('refresh', '--all', '--no-jitter', '--json')).toMatchObject({ code: 3 });
  });

  test('who is named is told what is wrong with it, and with which exit code', async () => {
    connect('birch', {});
    connect('cedar', { handed_over_at: '2026-11-22T10:00:00.000Z' });
    const asked = xero.requests.length;
    expect(await evergrant('refresh', 'birch')).toMatchObject(refusal(3, /no refresh token/, /consent birch/));
    for (const verb of ['refresh', 'token']) {
      const moved = refusal(
        2,
        /cedar was handed over on 2026-11-22: its tokens are kept elsewhere/,
        /adopt cedar FILE/,
      );
      expect(await evergrant(verb, 'cedar')).toMatchObject(moved);
    }
    expect(xero.requests.length).toBe(asked);
  });

  test('--report makes the folder that it names', async () => {
    const { code, stderr } = await evergrant('refresh', 'acme', '--force', '--report', 'reports/of/today');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(fs.readdirSync(path.join(place.folder, 'reports/of/today'))).toEqual(['acme-refresh-tokens.html']);
  });

  test('a report that cannot be written is noticed before a token is sent', async () => {
    fs.writeFileSync(path.join(place.folder, 'taken'), 'by a file');
    const asked = xero.requests.length;
    expect(await refused('refresh', 'acme', '--force', '--report', 'taken')).toMatchObject(
      refusal(2, /cannot make taken \(EEXIST\)/, /--report/),
    );
    expect(xero.requests.length).toBe(asked);
  });
});

describe('an answer of Xero’s', () => {
  const refresh = ['refresh', 'acme', '--force', '--patience', '1s'];

  test('a refresh token that is refused needs a consent, and the next runs do not ask', async () => {
    edit({ refresh_token: 'spent-long-ago' });
    expect(await refused(...refresh)).toMatchObject(
      refusal(3, /acme needs consent.*invalid_grant/, /npx evergrant consent acme/),
    );
    expect(place.rows('acme')).toMatchObject({ grant_status: 'consent_needed', refresh_started_at: '' });
    const asked = xero.requests.length;
    expect(await refused(...refresh)).toMatchObject({ code: 3 });
    expect(xero.requests.length).toBe(asked);
  });

  test.each<[string, Rows, object]>([
    [
      'a wrong client secret',
      { client_secret: 'wrong' },
      refusal(7, /invalid_client/, /check client_id and client_secret/),
    ],
    [
      'a server that does not exist',
      { token_url: 'http://localhost:1/connect/token' },
      refusal(4, /not answering.*ECONNREFUSED.*nothing is lost/, /run again/),
    ],
  ])('%s leaves the file as it was', async (_, wrong, expected) => {
    edit(wrong);
    const before = textOf('acme');
    expect(await refused(...refresh)).toMatchObject(expected);
    expect(textOf('acme')).toBe(before);
  });

  test.each<[string, Handler, RegExp]>([
    [
      'HTML',
      answerWith(200, '<html>maintenance</html>', { 'content-type': 'text/html' }),
      /HTTP 200, text.html without a token set/,
    ],
    ['half a body', answerWith(200, '{"access_token":"abc', {}), /without a token set/],
    ['a 503', answerWith(503, ''), /HTTP 503/],
    ['a redirect', answerWith(307, '', { location: 'http://localhost:1/' }), /HTTP 307/],
    ['a closed connection', hangUp, /no answer/],
  ])('%s loses no token, and is a temporary failure', async (_, handler, reason) => {
    xero.next('token', handler, handler, handler, handler);
    expect(await refused(...refresh)).toMatchObject(refusal(4, reason, /npx evergrant refresh acme/));
  });

  test('Retry-After of a 429 is obeyed by the next run too', async () => {
    xero.next('token', answerWith(429, '', { 'retry-after': '120' }));
    expect(await refused(...refresh)).toMatchObject(refusal(4, /HTTP 429/, /run again/));
    const asked = xero.requests.length;
    expect(await refused(...refresh)).toMatchObject(
      refusal(4, /asked to be left alone for another 2 min/, /run again/),
    );
    expect(xero.requests.length).toBe(asked);
  });

  test('a lost answer is asked for again with the same token, in the same run', async () => {
    xero.next('token', loseAnswer);
    expect(await evergrant('refresh', 'acme', '--force')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('refreshed'),
    });
    const sent = xero.requests.slice(-2).map(({ form }) => form['refresh_token']);
    expect(sent).toEqual([rows['refresh_token'], rows['refresh_token']]);
    expect(xero.accepts(place.rows('acme')['refresh_token'] ?? '')).toBe(true);
  });
});

test('an environment that another process holds for longer than --wait ends with 5, and says who holds it', async () => {
  const held = holdTokenRequest(xero);
  const holder = startProgram(place.folder, ['refresh', 'acme', '--force']);
  await held.arrived;
  const asked = xero.requests.length;
  expect(await refused('refresh', 'acme', '--force', '--wait', '0s')).toMatchObject(
    refusal(5, new RegExp(`acme.*${holder.pid}`), /--wait/),
  );
  expect(xero.requests.length).toBe(asked);
  held.answer();
  expect(await holder.ended).toMatchObject({ code: 0 });
});

describe('a bad environment', () => {
  test.each<[string, string, RegExp]>([
    ['is no JSON', '{"name": "bad", "values": [', /is not JSON/],
    ['is empty', '', /is empty/],
    ['is a list', '[]', /no Postman environment/],
    ['has a row twice', '{"name":"bad","values":[{"key":"app_type"},{"key":"app_type"}]}', /app_type twice/],
    [
      'has a property twice',
      '{"name":"bad","values":[{"key":"refresh_token","value":"a","value":"b"},{"key":"app_type","value":"web"},{"key":"token_url","value":"https://x.example"},{"key":"client_id","value":"a"},{"key":"client_secret","value":"b"}]}',
      /twice in one object/,
    ],
  ])('a file that %s is refused, and left as it is', async (_, text, message) => {
    place.write('bad', text);
    expect(await evergrant('refresh', 'bad', '--force')).toMatchObject(refusal(2, message, /.+/));
    expect(textOf('bad')).toBe(text);
  });

  test.each(['token_url', 'client_id', 'client_secret'])('a %s that is missing is named', async (key) => {
    edit({ [key]: '' });
    expect(await refused('refresh', 'acme', '--force')).toMatchObject(
      refusal(2, new RegExp(`${key} is missing in environments`), new RegExp(`fill in ${key}`)),
    );
  });

  test('a token is not sent in clear', async () => {
    edit({ token_url: 'http://identity.example/connect/token' });
    expect(await refused('refresh', 'acme', '--force')).toMatchObject(refusal(2, /token_url.*https/, /Xero's own/));
  });

  test('the others are refreshed all the same, and the worst decides the exit code', async () => {
    place.write('bad', '{');
    connect('dead', { ...xero.connectedRows(), refresh_token: 'spent' });
    connect('good');
    connect('new', {});
    const { code, stdout } = await evergrant('refresh', '--all', '--no-jitter', '--force', '--json');
    const { results } = JSON.parse(stdout) as {
      results: { environment: string; outcome: string; error: { code: string } | null }[];
    };
    const outcomes = results.map(({ environment, outcome, error }) => [environment, outcome, error?.code ?? null]);
    expect(outcomes).toEqual([
      ['acme', 'refreshed', null],
      ['bad', 'invalid', 'not_json'],
      ['dead', 'consent_needed', 'invalid_grant'],
      ['good', 'refreshed', null],
      ['new', 'consent_needed', 'never_connected'],
    ]);
    expect(code).toBe(3);
  });
});

test('settings from .env fill the blanks that the process’s variables leave, and are written nowhere', async () => {
  const { client_id: clientId = '', client_secret: clientSecret = '' } = place.rows('acme');
  fs.writeFileSync(path.join(place.folder, '.env'), `XERO_CLIENT_ID=wrong\nXERO_CLIENT_SECRET="${clientSecret}"\n`);
  edit({ client_id: '', client_secret: '' });
  const { code, stdout, stderr } = await place.run(['refresh', 'acme', '--force', '--report', 'reports'], {
    variables: { XERO_CLIENT_ID: clientId },
  });
  const page = fs.readFileSync(path.join(place.folder, 'reports/acme-refresh-tokens.html'), 'utf8');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(place.rows('acme')).toMatchObject({ client_id: '', client_secret: '', generation: '2' });
  expectNoSecret(stdout + stderr + page + textOf('acme'), [clientId, clientSecret], 'what was written');
});

describe('the command line', () => {
  test.each<[string, string[], object]>([
    ['no name and no --all', [], refusal(2, /takes the names of environments, or --all/, /status/)],
    ['a name and --all', ['acme', '--all'], refusal(2, /takes the names of environments, or --all/, /status/)],
    ['an unknown name', ['nobody'], refusal(2, /no environment nobody/, /npx evergrant init nobody/)],
    ['a path to nothing', ['../acme'], refusal(2, /no environment acme/, /--environments \S+ init acme/)],
    ['a bad name', ['Acme!'], refusal(2, /no name for an environment/, /small letters/)],
    ['a bad duration', ['acme', '--min-validity', 'soon'], refusal(2, /no duration/, /15m/)],
    ['no process at all', ['acme', '--processes', '0'], refusal(2, /--processes takes a whole number/, /--processes/)],
    ['too many at once', ['acme', '--concurrency', '1000'], refusal(2, /--concurrency takes/, /--concurrency/)],
  ])('%s is refused', async (_, args, expected) => {
    expect(await refused('refresh', ...args)).toMatchObject({ ...expected, stdout: '' });
  });

  test('--all is refused in a folder without environments', async () => {
    fs.rmSync(place.fileOf('acme'));
    expect(await evergrant('refresh', '--all')).toMatchObject(
      refusal(2, /no environment file in environments/, /npx evergrant init NAME/),
    );
  });
});
