import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  appSecret,
  canary,
  environment,
  expectRefusals,
  globals,
  send,
  type AppType,
  type Refusal,
  type Settings,
} from './support/send';
import { startServer, type Answer, type Server } from './support/server';

const oldToken = `${canary}+old/=`;
const tokens = {
  access_token: `${canary}access`,
  refresh_token: `${canary}new`,
  expires_in: 1800,
  token_type: 'Bearer',
};
let server: Server;

beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

function refresh(appType: AppType, settings: Settings = {}) {
  const given = environment(appType, server.url, { refresh_token: oldToken, generation: '7', ...settings });
  return send('Refresh tokens', given);
}

const temporary = 'Xero is not answering properly, nothing has changed: send this again within 30 minutes';
const refusals: [string, Answer, string][] = [
  ['invalid_grant', { status: 400, body: { error: 'invalid_grant' } }, 'this refresh token was replaced'],
  [
    'invalid_client',
    { status: 400, body: { error: 'invalid_client' } },
    'Xero does not know this client_id and client_secret',
  ],
  ['invalid_client as 401', { status: 401, body: { error: 'invalid_client' } }, 'Xero does not know this client_id'],
  ['an unknown error code', { status: 400, body: { error: 'odd_one' } }, 'Xero refused with odd_one'],
  [
    'an error code named like a method',
    { status: 400, body: { error: 'constructor' } },
    'Xero refused with constructor',
  ],
  ['an error code that holds a secret', { status: 400, body: { error: `${canary} <b>` } }, temporary],
  ['too many requests', { status: 429, body: { error: 'invalid_grant' } }, temporary],
  ['a server error', { status: 503, body: { error: 'invalid_grant' } }, temporary],
  ['an HTML page', { status: 200, body: '<html>maintenance</html>' }, temporary],
  ['half a body', { status: 200, body: '{"access_token":"CaNaRy' }, temporary],
  ['null', { status: 200, body: null }, temporary],
  ['a list', { status: 200, body: [tokens] }, temporary],
  ['no access token', { status: 200, body: { ...tokens, access_token: undefined } }, temporary],
  ['an empty access token', { status: 200, body: { ...tokens, access_token: '' } }, temporary],
  ['a token that is not a string', { status: 200, body: { ...tokens, access_token: 5 } }, temporary],
  ['another token type', { status: 200, body: { ...tokens, token_type: 'mac' } }, temporary],
  ['tokens with status 400', { status: 400, body: tokens }, temporary],
  ['a redirect', { status: 307, headers: { Location: '/elsewhere' }, body: '' }, temporary],
];

describe('Refresh tokens', () => {
  test('sends the refresh token with HTTP Basic and keeps the answer', async () => {
    server.answer({ status: 200, body: tokens });
    const before = Date.now();
    const { changed, failures } = await refresh('web');
    expect(failures).toEqual([]);
    expect(server.asked).toHaveLength(1);
    expect(server.asked[0]).toMatchObject({
      method: 'POST',
      url: '/connect/token',
      body: `grant_type=refresh_token&refresh_token=${encodeURIComponent(oldToken)}`,
      headers: {
        authorization: `Basic ${btoa(`the id:${appSecret}`)}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
    });
    const { access_token_expires_at: access = '', refresh_token_expires_at: rotated = '', ...others } = changed;
    expect(others).toEqual({
      access_token: tokens.access_token,
      refresh_token: tokens.refresh_token,
      generation: '8',
      grant_status: 'connected',
    });
    for (const [at, seconds] of [
      [access, 1800],
      [rotated, 60 * 86_400],
    ] as const) {
      expect(at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      expect(Date.parse(at) - seconds * 1000).toBeGreaterThanOrEqual(before);
      expect(Date.parse(at) - seconds * 1000).toBeLessThanOrEqual(Date.now());
    }
  });

  test('names a pkce app in the body and sends no Authorization', async () => {
    server.answer({ status: 200, body: { ...tokens, token_type: 'bearer' } });
    const { changed, failures } = await refresh('pkce');
    expect(failures).toEqual([]);
    expect(changed.refresh_token).toBe(tokens.refresh_token);
    expect(server.asked[0]?.headers.authorization).toBeUndefined();
    expect(server.asked[0]?.body).toBe(
      `grant_type=refresh_token&refresh_token=${encodeURIComponent(oldToken)}&client_id=the%20id`,
    );
  });

  test('keeps the old refresh token and its end when none comes', async () => {
    server.answer({ status: 200, body: { ...tokens, refresh_token: undefined } });
    const { changed, failures } = await refresh('web');
    expect(failures).toEqual([]);
    expect(Object.keys(changed)).toEqual(['access_token', 'access_token_expires_at', 'generation', 'grant_status']);
  });

  test.each([
    [3600, 3600],
    ['600', 600],
    [undefined, 1800],
    ['soon', 1800],
    [-5, 1800],
    [1e300, 86_400],
    [90.7, 90],
  ])('takes expires_in %j for %i seconds', async (given, seconds) => {
    server.answer({ status: 200, body: { ...tokens, expires_in: given } });
    const { changed } = await refresh('web');
    const rotatedAt = Date.parse(changed.refresh_token_expires_at ?? '') - 60 * 86_400_000;
    expect(Date.parse(changed.access_token_expires_at ?? '') - rotatedAt).toBe(seconds * 1000);
  });

  test('empties refresh_started_at, the sign of an interrupted refresh', async () => {
    server.answer({ status: 200, body: tokens });
    const { changed } = await refresh('web', { refresh_started_at: '2026-11-22T10:00:00.000Z' });
    expect(changed.refresh_started_at).toBe('');
  });

  test('changes nothing and says what to do after any other answer', async () => {
    server.answer(...refusals.map(([, answer]) => answer));
    const cases = refusals.map(([name, , advice]): Refusal => [name, 'web', {}, advice]);
    await expectRefusals('Refresh tokens', server.url, { refresh_token: oldToken }, cases);
    expect(server.asked).toHaveLength(cases.length);
  });

  test('is not sent without a setting it needs', async () => {
    server.answer({ status: 200, body: tokens });
    await expectRefusals('Refresh tokens', server.url, { refresh_token: oldToken }, [
      ['refresh_token', 'web', { refresh_token: ' ' }, 'refresh_token is empty'],
      ['client_id', 'web', { client_id: '' }, 'client_id is empty'],
      ['client_secret', 'web', { client_secret: '\n' }, 'client_secret is empty'],
      ['token_url', 'web', { token_url: '' }, 'token_url is empty'],
      ['a safe token_url', 'web', { token_url: 'http://identity.xero.com/connect/token' }, 'token_url must be a URL'],
      ['a loopback that is one', 'web', { token_url: 'http://localhost:80@example.com/' }, 'token_url must be a URL'],
      ['a loopback host', 'web', { token_url: 'http://localhost.example.com/' }, 'token_url must be a URL'],
      ['app_type', 'web', { app_type: '' }, 'app_type is empty'],
      ['a known app_type', 'web', { app_type: 'desktop' }, 'app_type must be web, pkce or custom_connection'],
      ['an app with refresh tokens', 'custom_connection', {}, 'app_type is custom_connection'],
    ]);
    expect(server.asked).toEqual([]);
  });

  test('forgives blanks and line breaks around pasted settings, and leaves them in the environment', async () => {
    server.answer({ status: 200, body: tokens });
    const { changed, failures } = await refresh('web', {
      client_id: ' the id\n',
      client_secret: `\t${appSecret}\r\n`,
      refresh_token: `${oldToken}\n`,
      token_url: ` ${server.url}/connect/token `,
    });
    expect(failures).toEqual([]);
    expect(server.asked[0]?.headers.authorization).toBe(`Basic ${btoa(`the id:${appSecret}`)}`);
    expect(server.asked[0]?.body).toContain(`refresh_token=${encodeURIComponent(oldToken)}`);
    expect(Object.keys(changed)).not.toContain('client_id');
  });

  test('gives the new access token to the request after it in the same run', async () => {
    server.answer({ status: 200, body: tokens }, { status: 200, body: { Organisations: [{ Name: 'Acme' }] } });
    const given = environment('web', server.url, { refresh_token: oldToken, access_token: ` ${canary}old ` });
    const { failures } = await send('Stay connected', given);
    expect(failures).toEqual([]);
    expect(server.asked[1]?.headers.authorization).toBe(`Bearer ${tokens.access_token}`);
  });

  test('sends the newest token when it is sent again in the same run', async () => {
    const answers = ['first', 'second', 'third'].map((n) => ({ ...tokens, refresh_token: canary + n }));
    server.answer(...answers.map((body) => ({ status: 200, body })));
    const given = environment('web', server.url, { refresh_token: ` ${oldToken} ` });
    const { changed } = await send('Refresh tokens', given, { iterationCount: 3 });
    expect(server.asked.map(({ body }) => new URLSearchParams(body).get('refresh_token'))).toEqual([
      oldToken,
      `${canary}first`,
      `${canary}second`,
    ]);
    expect(changed).toMatchObject({ refresh_token: `${canary}third`, generation: '3' });
  });

  test.each(['refresh_token', 'client_id', 'client_secret', 'token_url'])('sends no reference in %s', async (key) => {
    server.answer({ status: 200, body: tokens });
    const reference = `https://localhost/{{vault:${key}}}`;
    const { changed, failures } = await refresh('web', { [key]: reference });
    expect(failures.join()).toContain(`${key} holds a reference in {{ }}: write the value itself there`);
    expect({ changed, asked: server.asked }).toEqual({ changed: {}, asked: [] });
  });
});

describe('A data file', () => {
  const secrets = {
    refresh_token: `${canary}foreign`,
    access_token: `${canary}foreign`,
    client_secret: `${canary}foreign`,
  };
  const own = { refresh_token: oldToken, access_token: `${canary}own`, tenant_id: 'own', tenant_name: 'Own' };
  const places = {
    token_url: 'http://localhost:1/',
    api_url: 'http://localhost:1/',
    connections_url: 'http://localhost:1/',
  };
  const iterationData = [{ ...secrets, ...places, tenant_id: 'foreign', generation: '99' }];

  test('sets no token, no secret, no tenant and no URL', async () => {
    server.answer({ status: 200, body: tokens }, { status: 200, body: { Organisations: [{ Name: 'Own' }] } });
    const { failures } = await send('Stay connected', environment('web', server.url, own), { iterationData });
    expect(failures).toEqual([]);
    const [refreshed, checked] = server.asked;
    expect(new URLSearchParams(refreshed?.body).get('refresh_token')).toBe(oldToken);
    expect(refreshed?.headers.authorization).toBe(`Basic ${btoa(`the id:${appSecret}`)}`);
    expect(checked?.headers).toMatchObject({ authorization: `Bearer ${tokens.access_token}`, 'xero-tenant-id': 'own' });
  });

  test('is no place for tokens, and Globals are none either', async () => {
    server.answer({ status: 200, body: tokens });
    for (const from of [{ iterationData }, { globals: globals(secrets) }]) {
      const { failures } = await send('Refresh tokens', environment('web', server.url), from);
      expect(failures.join()).toContain('refresh_token is empty in the environment');
    }
    expect(server.asked).toEqual([]);
  });

  test('and Globals may fill the blanks of an environment', async () => {
    server.answer({ status: 200, body: tokens });
    const blank = environment('web', server.url, { ...own, client_id: '', client_secret: '' });
    const { failures } = await send('Refresh tokens', blank, {
      iterationData: [{ client_id: 'of the file' }],
      globals: globals({ client_secret: appSecret }) as object,
    });
    expect(failures).toEqual([]);
    expect(server.asked[0]?.headers.authorization).toBe(`Basic ${btoa(`of the file:${appSecret}`)}`);
  });

  test('leaves nothing of one row for the next', async () => {
    server.answer({ status: 200, body: tokens });
    const rows = [{ client_id: ' of the first ' }, {}];
    await send('Refresh tokens', environment('web', server.url, own), { iterationData: rows });
    expect(server.asked.map(({ headers }) => headers.authorization)).toEqual(
      ['of the first', 'the id'].map((id) => `Basic ${btoa(`${id}:${appSecret}`)}`),
    );
  });
});
