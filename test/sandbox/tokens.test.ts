import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startSandboxProcess, type SandboxApp, type SandboxProcess } from '../support/sandbox';
import {
  askToken,
  basic,
  codeOf,
  connectApp,
  consentLink,
  exchange,
  listConnections,
  pkcePair,
  redirectUri,
  refresh,
  tokensOf,
  usualScopes,
} from './client';

let sandbox: SandboxProcess;
beforeAll(async () => void (sandbox = await startSandboxProcess()));
afterAll(() => sandbox.stop());

async function freshCode(changes: Record<string, string> = {}): Promise<{ app: SandboxApp; code: string }> {
  const app = await sandbox.app({ appType: 'web' });
  return { app, code: codeOf(await sandbox.consent(consentLink(sandbox, app.clientId, changes))) };
}

describe('a token set', () => {
  test('has the members Xero sends, in Xero’s order', async () => {
    const { app, code } = await freshCode();
    const { status, body } = await exchange(sandbox, app, code);
    expect([status, Object.keys(body)]).toEqual([
      200,
      ['id_token', 'access_token', 'expires_in', 'token_type', 'refresh_token', 'scope'],
    ]);
    expect(body).toMatchObject({ expires_in: 1800, token_type: 'Bearer', scope: expect.any(String) });
    expect(String(body['scope']).split(' ').sort()).toEqual(usualScopes.split(' ').sort());
  });

  test('has an RS256 access token of 30 minutes with Xero’s header and claims, signed by the published key', async () => {
    const { accessToken } = await connectApp(sandbox);
    const keys = createRemoteJWKSet(new URL(`${sandbox.url}/.well-known/openid-configuration/jwks`));
    const expected = { issuer: 'https://identity.xero.com', audience: 'https://identity.xero.com/resources' };
    const { payload } = await jwtVerify(accessToken, keys, { ...expected, algorithms: ['RS256'] });
    expect(Object.keys(decodeProtectedHeader(accessToken)).sort()).toEqual(['alg', 'kid', 'typ', 'x5t']);
    expect(Object.keys(payload)).toEqual(
      expect.arrayContaining([
        'nbf',
        'sub',
        'auth_time',
        'xero_userid',
        'global_session_id',
        'jti',
        'authentication_event_id',
      ]),
    );
    expect(payload['scope']).toBeInstanceOf(Array);
    expect(Number(payload.exp) - Number(payload['nbf'])).toBe(1800);
  });

  test('has an id_token of 5 minutes about the user, for the app', async () => {
    const { app, code } = await freshCode();
    const { body } = await exchange(sandbox, app, code);
    const claims = decodeJwt(String(body['id_token']));
    expect(claims).toMatchObject({
      aud: app.clientId,
      email: 'dana@example.com',
      given_name: 'Dana',
      family_name: 'Demo',
    });
    expect(Number(claims.exp) - Number(claims.iat)).toBe(300);
  });

  test.each([
    ['no id_token without openid', 'accounting.settings offline_access', 'id_token'],
    ['no refresh token without offline_access', 'openid accounting.settings', 'refresh_token'],
  ])('has %s', async (_fact, scope, missing) => {
    const { app, code } = await freshCode({ scope });
    const { status, body } = await exchange(sandbox, app, code);
    expect([status, missing in body]).toEqual([200, false]);
  });

  test('adds the scopes of earlier consents to those asked for now', async () => {
    const { app } = await connectApp(sandbox);
    const callbackUrl = await sandbox.consent(consentLink(sandbox, app.clientId, { scope: 'accounting.contacts' }));
    const { body } = await exchange(sandbox, app, codeOf(callbackUrl));
    expect(String(body['scope']).split(' ').sort()).toEqual([
      'accounting.contacts',
      'accounting.invoices',
      'accounting.settings',
    ]);
  });
});

describe('an authorization code', () => {
  test('is good once, and its reuse revokes nothing', async () => {
    const { app, code } = await freshCode();
    const first = tokensOf(await exchange(sandbox, app, code));
    expect(await exchange(sandbox, app, code)).toEqual({ status: 400, body: { error: 'invalid_grant' } });
    expect(await sandbox.inspect(first.refreshToken)).toBe('live');
  });

  test('is good for 5 minutes', async () => {
    const [early, late] = [await freshCode(), await freshCode()];
    await sandbox.clock('4m');
    expect((await exchange(sandbox, early.app, early.code)).status).toBe(200);
    await sandbox.clock('61s');
    expect(await exchange(sandbox, late.app, late.code)).toEqual({ status: 400, body: { error: 'invalid_grant' } });
  });

  test('is good only for its own redirect URI and app', async () => {
    const { app, code } = await freshCode();
    const other = await sandbox.app({ appType: 'web' });
    expect(await exchange(sandbox, other, code)).toEqual({ status: 400, body: { error: 'invalid_grant' } });
    const form = { grant_type: 'authorization_code', code, redirect_uri: `${redirectUri}/` };
    expect(await askToken(sandbox, form, basic(app))).toEqual({ status: 400, body: { error: 'invalid_grant' } });
  });
});

describe('client authentication', () => {
  test('takes an app’s secret in the header or in the body', async () => {
    const { app, refreshToken } = await connectApp(sandbox);
    const form = { grant_type: 'refresh_token', refresh_token: refreshToken };
    expect((await askToken(sandbox, form, basic(app))).status).toBe(200);
    const secret = { client_id: app.clientId, client_secret: app.clientSecret ?? '' };
    expect((await askToken(sandbox, { ...form, ...secret })).status).toBe(200);
  });

  test('takes a PKCE app by its client_id and verifier alone, at exchange and refresh', async () => {
    const app = await sandbox.app({ appType: 'pkce' });
    const { verifier, challenge } = pkcePair();
    const link = consentLink(sandbox, app.clientId, { code_challenge: challenge, code_challenge_method: 'S256' });
    const code = codeOf(await sandbox.consent(link));
    const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, client_id: app.clientId };
    const wrong = await askToken(sandbox, { ...form, code_verifier: pkcePair().verifier });
    expect(wrong).toEqual({ status: 400, body: { error: 'invalid_grant' } });
    const answer = await askToken(sandbox, { ...form, code_verifier: verifier });
    expect(answer.status).toBe(200);
    const { refreshToken } = tokensOf(answer);
    const again = { grant_type: 'refresh_token', refresh_token: refreshToken, client_id: app.clientId };
    expect((await askToken(sandbox, again)).status).toBe(200);
  });

  test('takes PKCE on top of a web app’s secret', async () => {
    const { verifier, challenge } = pkcePair();
    const { app, code } = await freshCode({ code_challenge: challenge, code_challenge_method: 'S256' });
    const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri };
    expect((await askToken(sandbox, form, basic(app))).status).toBe(400);
    expect((await askToken(sandbox, { ...form, code_verifier: verifier }, basic(app))).status).toBe(200);
  });
});

describe('the token endpoint refuses', () => {
  const unknown = { clientId: '0'.repeat(32), clientSecret: 'x'.repeat(48), redirectUris: [] };
  const stale = { grant_type: 'refresh_token', refresh_token: 'never-issued' };

  test.each<[string, { form: Record<string, string>; who: string }, string]>([
    ['an unknown app', { form: stale, who: 'unknown' }, 'invalid_client'],
    ['a wrong secret', { form: stale, who: 'wrong' }, 'invalid_client'],
    ['no authentication', { form: stale, who: 'nobody' }, 'invalid_client'],
    ['an unknown refresh token', { form: stale, who: 'app' }, 'invalid_grant'],
    ['a missing grant type', { form: {}, who: 'app' }, 'unsupported_grant_type'],
    ['a strange grant type', { form: { grant_type: 'password' }, who: 'app' }, 'unsupported_grant_type'],
    [
      'client credentials of a web app',
      { form: { grant_type: 'client_credentials' }, who: 'app' },
      'unauthorized_client',
    ],
  ])('%s', async (_what, { form, who }, error) => {
    const app = await sandbox.app({ appType: 'web' });
    const callers = { unknown, wrong: { ...app, clientSecret: unknown.clientSecret }, app };
    const headers = who === 'nobody' ? {} : basic(callers[who as keyof typeof callers]);
    expect(await askToken(sandbox, form, headers)).toEqual({ status: 400, body: { error } });
  });

  test('an old secret once a new one was made', async () => {
    const { app, refreshToken } = await connectApp(sandbox);
    const renewed = await sandbox.event({ event: 'regenerate_secret', clientId: app.clientId });
    expect(await refresh(sandbox, app, refreshToken)).toEqual({ status: 400, body: { error: 'invalid_client' } });
    expect(
      (await refresh(sandbox, { ...app, clientSecret: String(renewed['clientSecret']) }, refreshToken)).status,
    ).toBe(200);
  });
});

describe('a web app’s own token', () => {
  test('lists all connections of the app with scope app.connections, and has no refresh', async () => {
    const { app } = await connectApp(sandbox);
    const answer = await askToken(sandbox, { grant_type: 'client_credentials', scope: 'app.connections' }, basic(app));
    expect(Object.keys(answer.body)).toEqual(['access_token', 'expires_in', 'token_type', 'scope']);
    expect(await listConnections(sandbox, tokensOf(answer).accessToken)).toHaveLength(1);
  });
});
