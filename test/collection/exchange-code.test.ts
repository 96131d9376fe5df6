import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canary, environment, expectRefusals, send, type AppType, type Refusal, type Settings } from './support/send';
import { startServer, type Server } from './support/server';
import { stateOf } from '../support/states';

const secret = `${canary}secret`;
const code = `${canary}code+/=`;
const pkceState = `${canary}state`;
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

function webState(ageInDays = 1, name = 'acme', key = secret): string {
  return stateOf(name, Math.floor(Date.now() / 1000 - ageInDays * 86_400), 'nonce', key);
}

function callback(state = webState(), parameters = `code=${encodeURIComponent(code)}`): string {
  return `http://localhost:8080/callback?${parameters}&scope=openid%20email&state=${state}&session_state=x`;
}

function exchange(appType: AppType, settings: Settings) {
  return send('Exchange code', environment(appType, server.url, { refresh_token: `${canary}old`, ...settings }));
}

function pkceSettings(settings: Settings = {}): Settings {
  const requestedAt = new Date(Date.now() - 86_400_000).toISOString();
  const kept = { consent_state: pkceState, consent_requested_at: requestedAt, code_verifier: `${canary}verifier` };
  return { ...kept, callback_url: callback(pkceState), ...settings };
}

describe('Exchange code', () => {
  it('spends the code of a web app and keeps the tokens', async () => {
    server.answer({ status: 200, body: tokens });
    const { changed, failures } = await exchange('web', { callback_url: callback(), generation: '4' });
    expect(failures).toEqual([]);
    expect(server.asked[0]).toMatchObject({
      method: 'POST',
      url: '/connect/token',
      headers: { authorization: `Basic ${btoa(`the id:${secret}`)}` },
      body: `grant_type=authorization_code&code=${encodeURIComponent(code)}&redirect_uri=${encodeURIComponent('http://localhost:8080/callback')}`,
    });
    expect(changed).toEqual({
      access_token: tokens.access_token,
      refresh_token: tokens.refresh_token,
      access_token_expires_at: expect.any(String),
      refresh_token_expires_at: expect.any(String),
      generation: '5',
      grant_status: 'connected',
      callback_url: '',
    });
  });

  it('proves a pkce app with its verifier, and drops the verifier', async () => {
    server.answer({ status: 200, body: tokens });
    const { changed, failures } = await exchange('pkce', pkceSettings());
    expect(failures).toEqual([]);
    expect(server.asked[0]?.headers.authorization).toBeUndefined();
    expect(Object.fromEntries(new URLSearchParams(server.asked[0]?.body))).toEqual({
      grant_type: 'authorization_code',
      code,
      redirect_uri: 'http://localhost:8080/callback',
      code_verifier: `${canary}verifier`,
      client_id: 'the id',
    });
    expect(changed).toMatchObject({ refresh_token: tokens.refresh_token, code_verifier: '', callback_url: '' });
  });

  it('keeps an access token that came without a refresh token, and says what is missing', async () => {
    server.answer({ status: 200, body: { ...tokens, refresh_token: undefined } });
    const { changed, failures } = await exchange('web', { callback_url: callback() });
    expect(failures).toEqual([expect.stringContaining('add offline_access to scopes')]);
    expect(changed.access_token).toBe(tokens.access_token);
    expect(changed.refresh_token).toBeUndefined();
  });

  it("honours a link of this environment's own under another name", async () => {
    server.answer({ status: 200, body: tokens });
    const state = webState(1, 'acme-before-it-was-renamed');
    const { failures } = await exchange('web', { callback_url: callback(state), consent_state: state });
    expect(failures).toEqual([]);
  });

  it('changes nothing and says what to do after any other answer', async () => {
    const refused = (error: string) => ({ status: 400, body: { error } });
    server.answer(
      refused('invalid_grant'),
      refused('invalid_client'),
      { status: 200, body: '<html>' },
      { status: 500 },
    );
    await expectRefusals('Exchange code', server.url, pkceSettings(), [
      ['invalid_grant', 'pkce', {}, 'the code was used already'],
      ['invalid_client', 'pkce', {}, 'Xero does not know this client_id'],
      ['an HTML page', 'pkce', {}, 'Xero is not answering properly'],
      ['a server error', 'pkce', {}, 'Xero is not answering properly'],
    ]);
    expect(server.asked).toHaveLength(4);
  });

  it('is not sent with a callback that cannot be honoured', async () => {
    server.answer({ status: 200, body: tokens });
    const cases: Refusal[] = [
      ['no callback', 'web', { callback_url: ' ' }, 'callback_url is empty'],
      ['no URL', 'web', { callback_url: code }, 'callback_url holds no address'],
      ['Cancel', 'web', { callback_url: callback(webState(), 'error=access_denied') }, 'the customer pressed Cancel'],
      ['another error', 'web', { callback_url: callback(webState(), `error=${canary}`) }, 'with an error instead'],
      ['no code', 'web', { callback_url: callback(webState(), 'code=') }, 'callback_url holds no code'],
      ['no state', 'web', { callback_url: callback('') }, 'callback_url holds no state'],
      ['broken encoding', 'web', { callback_url: callback('%E0%A4%A') }, 'does not come from a link'],
      [
        'a state of another secret',
        'web',
        { callback_url: callback(webState(1, 'acme', 'other')) },
        'does not come from a link',
      ],
      ['a forged state', 'web', { callback_url: callback(`${webState()}x`) }, 'does not come from a link'],
      [
        'a state of another version',
        'web',
        { callback_url: callback(webState().replace('eg1', 'eg2')) },
        'does not come from a link',
      ],
      [
        'a state of another environment',
        'web',
        { callback_url: callback(webState(1, 'other')) },
        'belongs to another environment',
      ],
      [
        'a state of 14 days and a minute',
        'web',
        { callback_url: callback(webState(14 + 1 / 1440)) },
        'more than 14 days old',
      ],
      ['a state 11 minutes ahead', 'web', { callback_url: callback(webState(-11 / 1440)) }, 'more than 14 days old'],
      [
        'a state of another environment with another secret',
        'web',
        { callback_url: callback(webState(1, 'other', 'other')) },
        'belongs to another environment',
      ],
      ['another pkce state', 'pkce', pkceSettings({ consent_state: 'other' }), 'answers another link than the newest'],
      ['no pkce state kept', 'pkce', pkceSettings({ consent_state: '' }), 'does not come from a link'],
      [
        'an old pkce state',
        'pkce',
        pkceSettings({ consent_requested_at: '2020-01-01T00:00:00.000Z' }),
        'more than 14 days old',
      ],
      ['no date of the link', 'pkce', pkceSettings({ consent_requested_at: '' }), 'more than 14 days old'],
      ['no verifier', 'pkce', pkceSettings({ code_verifier: '' }), 'code_verifier is empty'],
      ['a custom connection', 'custom_connection', {}, 'app_type is custom_connection'],
    ];
    await expectRefusals('Exchange code', server.url, {}, cases);
    expect(server.asked).toEqual([]);
  });

  it.each([[14 - 1 / 1440], [-9 / 1440]])('takes a state that is %d days old', async (ageInDays) => {
    server.answer({ status: 200, body: tokens });
    const { failures } = await exchange('web', { callback_url: callback(webState(ageInDays)) });
    expect(failures).toEqual([]);
  });
});
