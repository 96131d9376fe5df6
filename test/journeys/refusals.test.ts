import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { expectNoSecret, expectNoSecretInFiles } from '../support/leaks';
import { makeWorkplace, type Result, type Workplace } from '../support/program';
import { answerWith, hangUp, loseAnswer, startXeroServer, type XeroServer } from '../support/servers/xero-server';

let xero: XeroServer;
let place: Workplace;
let rows: Record<string, string>;

beforeAll(async () => {
  xero = await startXeroServer();
  place = makeWorkplace();
});

afterAll(async () => {
  expectNoSecretInFiles(place.folder, xero.secrets);
  await xero.close();
});

beforeEach(() => {
  rows = xero.connectedRows();
  place.write('acme', xero.environment('web', 'acme', rows));
});

/** Runs the program; nothing it says may be a secret, and no refusal may touch the tokens. */
async function refused(args: string[], variables: Record<string, string> = {}): Promise<Result> {
  const result = await place.run(args, { variables });
  expectNoSecret(result.stdout + result.stderr, xero.secrets, args.join(' '));
  expect(tokensOf('acme')).toEqual({
    access_token: rows['access_token'],
    refresh_token: rows['refresh_token'],
    generation: '1',
  });
  return result;
}

function tokensOf(name: string): Record<string, string | undefined> {
  const { access_token, refresh_token, generation } = place.rows(name);
  return { access_token, refresh_token, generation };
}

async function freshCallback(): Promise<URL> {
  const { stdout } = await place.run(['consent', 'acme', '--no-check']);
  return new URL(xero.consent(stdout.trim()));
}

function edit(change: (rows: Record<string, string>) => void): void {
  const edited = { ...rows };
  change(edited);
  place.write('acme', xero.environment('web', 'acme', edited));
}

/** One clear line that says what and where, and the next thing to do. */
function saying(code: number, message: RegExp, hint: RegExp): object {
  return {
    code,
    stderr: expect.stringMatching(new RegExp(`^evergrant: .*(${message.source}).*\n  → .*(${hint.source}).*\n$`)),
  };
}

describe('a callback that cannot be exchanged', () => {
  test.each<[string, (url: URL) => void, object]>([
    [
      'the state of nobody',
      (url) => url.searchParams.set('state', 'x'),
      saying(2, /no link made for acme/, /npx evergrant consent acme/),
    ],
    [
      'an altered state',
      (url) => url.searchParams.set('state', `${url.searchParams.get('state')}A`),
      saying(2, /no link made for acme/, /consent acme/),
    ],
    ['no state', (url) => url.searchParams.delete('state'), saying(2, /no state/, /paste the whole address/)],
    ['no code', (url) => url.searchParams.delete('code'), saying(2, /no code/, /paste the whole address/)],
    [
      'a code nobody gave',
      (url) => url.searchParams.set('code', 'made-up-code'),
      saying(3, /invalid_grant/, /consent acme/),
    ],
  ])('because of %s', async (_, spoil, expected) => {
    const url = await freshCallback();
    spoil(url);
    expect(await refused(['exchange', 'acme', url.href])).toMatchObject(expected);
  });

  test('because Cancel was pressed', async () => {
    const url = 'http://localhost:8080/callback?error=access_denied&error_description=user+said+no&state=x';
    expect(await refused(['exchange', 'acme', url])).toMatchObject(
      saying(3, /Cancel was pressed/, /npx evergrant consent acme/),
    );
  });

  test('because Xero refused the scopes', async () => {
    const url = 'http://localhost:8080/callback?error=access_denied&error_description=Requested+wrong+apps+scopes';
    expect(await refused(['exchange', 'acme', url])).toMatchObject(saying(7, /refused the scopes/, /correct scopes/));
  });

  test('because its code was used already', async () => {
    const url = await freshCallback();
    expect((await place.run(['exchange', url.href])).code).toBe(0);
    rows = { ...rows, ...place.rows('acme') };
    const again = await place.run(['exchange', url.href]);
    expect(again).toMatchObject(saying(3, /refused \(invalid_grant\): used here already/, /consent acme/));
    expect(place.rows('acme')['refresh_token']).toBe(rows['refresh_token']);
    rows = place.rows('acme');
  });

  test('because it is for another environment of the same app', async () => {
    place.write('other', xero.environment('web', 'other'));
    const url = await freshCallback();
    expect(await place.run(['exchange', 'other', url.href])).toMatchObject(
      saying(2, /no link made for other/, /consent other/),
    );
  });

  test.each(['', 'not a url', 'ftp://localhost/?code=a&state=b'])('because “%s” is no URL', async (pasted) => {
    const result = await place.run(['exchange', 'acme'], { input: pasted });
    expect(result).toMatchObject({ code: 2, stderr: expect.stringContaining('paste the whole address') });
  });
});

describe('a refresh that Xero does not grant', () => {
  const refresh = ['refresh', 'acme', '--force', '--patience', '1s'];

  test('because the refresh token is stale: consent is needed, and the next runs do not ask', async () => {
    edit((all) => (all['refresh_token'] = rows['refresh_token'] = 'spent-long-ago'));
    expect(await refused(refresh)).toMatchObject(
      saying(3, /acme needs consent.*invalid_grant/, /npx evergrant consent acme/),
    );
    expect(place.rows('acme')).toMatchObject({ grant_status: 'consent_needed', refresh_started_at: '' });
    const asked = xero.requests.length;
    expect(await refused(refresh)).toMatchObject({ code: 3 });
    expect(xero.requests.length).toBe(asked);
  });

  test('because the secret is wrong: the file is as it was', async () => {
    edit((all) => (all['client_secret'] = 'wrong'));
    const before = fs.readFileSync(place.fileOf('acme'), 'utf8');
    expect(await refused(refresh)).toMatchObject(saying(7, /invalid_client/, /check client_id and client_secret/));
    expect(fs.readFileSync(place.fileOf('acme'), 'utf8')).toBe(before);
  });

  test('because nobody is there: the file is as it was', async () => {
    edit((all) => (all['token_url'] = 'http://localhost:1/connect/token'));
    const before = fs.readFileSync(place.fileOf('acme'), 'utf8');
    expect(await refused(refresh)).toMatchObject(
      saying(4, /not answering.*ECONNREFUSED.*nothing is lost/, /run again/),
    );
    expect(fs.readFileSync(place.fileOf('acme'), 'utf8')).toBe(before);
  });

  test.each<[string, Parameters<XeroServer['next']>[1], RegExp]>([
    [
      'HTML',
      answerWith(200, '<html>maintenance</html>', { 'content-type': 'text/html' }),
      /HTTP 200, text.html without a token set/,
    ],
    ['half a body', answerWith(200, '{"access_token":"abc', {}), /without a token set/],
    ['a 503', answerWith(503, ''), /HTTP 503/],
    ['a redirect', answerWith(307, '', { location: 'http://localhost:1/' }), /HTTP 307/],
    ['a closed connection', hangUp, /no answer/],
  ])('because the answer is %s', async (_, handler, reason) => {
    xero.next('token', handler, handler, handler, handler);
    expect(await refused(refresh)).toMatchObject(saying(4, reason, /npx evergrant refresh acme/));
    xero.forget();
  });

  test('and 429 with Retry-After is obeyed by the next run too', async () => {
    place.write('limited', xero.environment('web', 'limited', xero.connectedRows()));
    const run = (): Promise<Result> => place.run(['refresh', 'limited', '--force', '--patience', '1s']);
    xero.next('token', answerWith(429, '', { 'retry-after': '120' }));
    expect(await run()).toMatchObject(saying(4, /HTTP 429/, /run again/));
    const asked = xero.requests.length;
    expect(await run()).toMatchObject(saying(4, /asked to be left alone for another 2 min/, /run again/));
    expect(xero.requests.length).toBe(asked);
    fs.rmSync(place.fileOf('limited'));
  });
});

test('a lost answer is asked for again with the same token, in the same run', async () => {
  xero.next('token', loseAnswer);
  const result = await place.run(['refresh', 'acme', '--force']);
  expect(result).toMatchObject({ code: 0, stdout: expect.stringContaining('refreshed') });
  const sent = xero.requests.slice(-2).map(({ form }) => form['refresh_token']);
  expect(sent).toEqual([rows['refresh_token'], rows['refresh_token']]);
  expect(xero.accepts(place.rows('acme')['refresh_token'] ?? '')).toBe(true);
});

describe('a consent link that Xero would refuse', () => {
  test.each<[string, Record<string, string>, object]>([
    [
      'its scope',
      { scopes: 'openid offline_access bogus' },
      saying(7, /because of scopes: bogus \(invalid_scope\)/, /granular/),
    ],
    [
      'its redirect URI',
      { redirect_uri: 'http://localhost:9/other' },
      saying(7, /because of redirect_uri/, /redirect_uri/),
    ],
    ['its client id', { client_id: 'nobody' }, saying(7, /because of client_id/, /copy client_id again/)],
  ])('because of %s', async (_, wrong, expected) => {
    edit((all) => Object.assign(all, wrong));
    const before = fs.readFileSync(place.fileOf('acme'), 'utf8');
    expect(await refused(['consent', 'acme'])).toMatchObject({ ...expected, stdout: '' });
    expect(fs.readFileSync(place.fileOf('acme'), 'utf8')).toBe(before);
  });

  test('because nobody is there to say', async () => {
    edit((all) => (all['authorize_url'] = 'http://localhost:1/identity/connect/authorize'));
    expect(await refused(['consent', 'acme'])).toMatchObject(saying(4, /did not say/, /--no-check/));
  });
});

describe('an environment that makes no sense', () => {
  test.each<[string, string, RegExp]>([
    ['no JSON', '{"name": "bad", "values": [', /is not JSON/],
    ['empty', '', /is empty/],
    ['a list', '[]', /no Postman environment/],
    ['a row twice', '{"name":"bad","values":[{"key":"app_type"},{"key":"app_type"}]}', /app_type twice/],
    [
      'a property twice',
      '{"name":"bad","values":[{"key":"refresh_token","value":"a","value":"b"},{"key":"app_type","value":"web"},{"key":"token_url","value":"https://x.example"},{"key":"client_id","value":"a"},{"key":"client_secret","value":"b"}]}',
      /twice in one object/,
    ],
  ])('because it is %s', async (_, text, message) => {
    place.write('bad', text);
    expect(await place.run(['refresh', 'bad', '--force'])).toMatchObject(saying(2, message, /.+/));
    expect(fs.readFileSync(place.fileOf('bad'), 'utf8')).toBe(text);
    fs.rmSync(place.fileOf('bad'));
  });

  test.each(['token_url', 'client_id', 'client_secret'])('because %s is missing', async (key) => {
    edit((all) => (all[key] = ''));
    expect(await refused(['refresh', 'acme', '--force'])).toMatchObject(
      saying(2, new RegExp(`${key} is missing in environments`), new RegExp(`fill in ${key}`)),
    );
  });

  test('because a token would travel in clear', async () => {
    edit((all) => (all['token_url'] = 'http://identity.example/connect/token'));
    expect(await refused(['refresh', 'acme', '--force'])).toMatchObject(saying(2, /token_url.*https/, /Xero's own/));
  });

  test('and the others are refreshed all the same', async () => {
    place.write('bad', '{');
    place.write('dead', xero.environment('web', 'dead', { ...xero.connectedRows(), refresh_token: 'spent' }));
    place.write('good', xero.environment('web', 'good', xero.connectedRows()));
    const { code, stdout } = await place.run(['refresh', '--all', '--no-jitter', '--force', '--json']);
    const { results } = JSON.parse(stdout) as {
      results: { environment: string; outcome: string; error: { code: string } | null }[];
    };
    const outcomes = results.map(({ environment, outcome, error }) => [environment, outcome, error?.code ?? null]);
    expect(outcomes).toEqual([
      ['acme', 'refreshed', null],
      ['bad', 'invalid', 'not_json'],
      ['dead', 'consent_needed', 'invalid_grant'],
      ['good', 'refreshed', null],
      ['other', 'consent_needed', 'never_connected'],
    ]);
    expect(code).toBe(3);
    for (const name of ['bad', 'dead', 'good']) fs.rmSync(place.fileOf(name));
  });
});

describe('settings from .env', () => {
  test('fill the blanks, lose to the process’s own, and are written nowhere', async () => {
    const { client_id: clientId = '', client_secret: clientSecret = '' } = place.rows('acme');
    fs.writeFileSync(path.join(place.folder, '.env'), `XERO_CLIENT_ID=wrong\nXERO_CLIENT_SECRET="${clientSecret}"\n`);
    edit((all) => Object.assign(all, { client_id: '', client_secret: '' }));
    const { code, stdout, stderr } = await place.run(['refresh', 'acme', '--force', '--report', 'reports'], {
      variables: { XERO_CLIENT_ID: clientId },
    });
    const page = fs.readFileSync(path.join(place.folder, 'reports/acme-refresh-tokens.html'), 'utf8');
    fs.rmSync(path.join(place.folder, '.env'));
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('report') });
    expect(place.rows('acme')).toMatchObject({ client_id: '', client_secret: '', generation: '2' });
    expectNoSecret(
      stdout + stderr + page + fs.readFileSync(place.fileOf('acme'), 'utf8'),
      [clientId, clientSecret],
      'what was written',
    );
  });
});

describe('words on the command line', () => {
  test.each<[string[], object]>([
    [['refresh'], saying(2, /takes the names of environments, or --all/, /status/)],
    [['refresh', 'nobody'], saying(2, /no environment nobody/, /npx evergrant init nobody/)],
    [['refresh', '../acme'], saying(2, /no environment acme/, /init acme/)],
    [['refresh', 'Acme!'], saying(2, /no name for an environment/, /small letters/)],
    [['refresh', 'acme', '--min-validity', 'soon'], saying(2, /no duration/, /15m/)],
    [['init', 'acme'], saying(2, /there already/, /status acme/)],
    [['init', 'new', '--app-type', 'spa'], saying(2, /no such app type/, /web, pkce, custom_connection/)],
  ])('%j', async (args, expected) => {
    expect(await place.run(args)).toMatchObject(expected);
  });

  test.each([[['bogus']], [['refresh', '--bogus']], [['token']], [['consent']]])('%j exits with 2', async (args) => {
    expect(await place.run(args)).toMatchObject({ code: 2, stdout: '' });
  });

  test('a callback URL given to the wrong command is not repeated', async () => {
    const { stderr } = await place.run(['https://example.com/callback?code=CANARY-CODE&state=s']);
    expect(stderr).not.toContain('CANARY');
  });
});
