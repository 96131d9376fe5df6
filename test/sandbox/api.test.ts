import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startSandboxProcess, type SandboxApp, type SandboxProcess } from '../support/sandbox';
import {
  askToken,
  authEventOf,
  basic,
  callApi,
  codeOf,
  connectApp,
  consentAgain,
  consentLink,
  exchange,
  listConnections,
  organisationStatus,
  refresh,
  tokensOf,
} from './client';

const organisationPath = '/api.xro/2.0/Organisation';
const old = 'Old Harbour Trading';
let sandbox: SandboxProcess;
let tenants: Map<string, string>;
beforeAll(async () => {
  sandbox = await startSandboxProcess();
  tenants = new Map((await sandbox.organisations()).map((one) => [one.name, one.tenantId]));
});
afterAll(() => sandbox.stop());

function refusal(title: string, status: number, detail: unknown): Record<string, unknown> {
  return { Type: null, Title: title, Status: status, Detail: detail, Instance: expect.any(String), Extensions: {} };
}

describe('GET /connections', () => {
  test('lists older connections too, each with the authentication event that last renewed it', async () => {
    const first = await connectApp(sandbox, { organisations: [old] });
    const second = await consentAgain(sandbox, first.app);
    const listed = await listConnections(sandbox, second.accessToken);
    expect(listed.map((one) => [one.tenantName, one.authEventId])).toEqual([
      [old, authEventOf(first.accessToken)],
      ['Demo Company (Global)', authEventOf(second.accessToken)],
    ]);
    const own = await listConnections(
      sandbox,
      second.accessToken,
      `?authEventId=${String(authEventOf(second.accessToken))}`,
    );
    expect(own.map((one) => one.tenantName)).toEqual(['Demo Company (Global)']);
  });

  test('shows a renewed connection under the same id with a new event and date', async () => {
    const first = await connectApp(sandbox);
    const [before] = await listConnections(sandbox, first.accessToken);
    await sandbox.clock('1m');
    const second = await consentAgain(sandbox, first.app);
    const [after, ...others] = await listConnections(sandbox, second.accessToken);
    expect([others, after?.id, after?.createdDateUtc]).toEqual([[], before?.id, before?.createdDateUtc]);
    expect(after?.authEventId).toBe(authEventOf(second.accessToken));
    expect(String(after?.updatedDateUtc) > String(before?.updatedDateUtc)).toBe(true);
  });

  test('answers TokenExpired once 30 minutes are over', async () => {
    const { accessToken } = await connectApp(sandbox);
    await sandbox.clock('30m');
    const { status, body } = await callApi(sandbox, '/connections', accessToken);
    const detail = expect.stringMatching(/^TokenExpired: token expired at \d\d\/\d\d\/\d{4} \d\d:\d\d:\d\d$/);
    expect([status, body]).toEqual([401, refusal('Unauthorized', 401, detail)]);
  });
});

describe('DELETE /connections/{id}', () => {
  test('answers 204 once, then 404, and ends the access to the organisation but not the tokens', async () => {
    const { app, accessToken, refreshToken } = await connectApp(sandbox);
    const [connection] = await listConnections(sandbox, accessToken);
    const remove = (): Promise<{ status: number }> =>
      callApi(sandbox, `/connections/${String(connection?.id)}`, accessToken, {}, 'DELETE');
    expect([(await remove()).status, (await remove()).status]).toEqual([204, 404]);
    expect(await organisationStatus(sandbox, accessToken, String(connection?.tenantId))).toBe(403);
    expect((await refresh(sandbox, app, refreshToken)).status).toBe(200);
  });

  test('of the last one ends the refresh token in one variant', async () => {
    const { accessToken, refreshToken } = await connectApp(sandbox);
    const [connection] = await listConnections(sandbox, accessToken);
    await sandbox.variants({ deleteLastConnectionKillsRefresh: 'yes' });
    await callApi(sandbox, `/connections/${String(connection?.id)}`, accessToken, {}, 'DELETE');
    await sandbox.variants({ deleteLastConnectionKillsRefresh: 'no' });
    expect(await sandbox.inspect(refreshToken)).toBe('dead');
  });
});

describe('GET Organisation', () => {
  test('answers with the organisation, the limits and a correlation id', async () => {
    const { accessToken } = await connectApp(sandbox);
    const tenantId = tenants.get('Demo Company (Global)') ?? '';
    const { status, headers, body } = await callApi(sandbox, organisationPath, accessToken, {
      'xero-tenant-id': tenantId,
    });
    expect([status, body]).toMatchObject([
      200,
      { Organisations: [{ Name: 'Demo Company (Global)', OrganisationID: tenantId }] },
    ]);
    const limits = ['x-daylimit-remaining', 'x-minlimit-remaining', 'x-appminlimit-remaining'].map((name) =>
      headers.get(name),
    );
    expect(limits).toEqual(['4999', '59', '9999']);
    expect(headers.get('xero-correlation-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  test.each([
    ['no tenant id', {}],
    ['an organisation that is not connected', { 'xero-tenant-id': old }],
    ['a connection’s id in place of the tenant’s', { 'xero-tenant-id': 'connection' }],
  ])('answers 403 AuthenticationUnsuccessful to %s', async (_what, headers: Record<string, string>) => {
    const { accessToken } = await connectApp(sandbox);
    const [connection] = await listConnections(sandbox, accessToken);
    const meant = headers['xero-tenant-id'];
    const value = meant === 'connection' ? connection?.id : tenants.get(meant ?? '');
    const answer = await callApi(
      sandbox,
      organisationPath,
      accessToken,
      value === undefined ? {} : { 'xero-tenant-id': value },
    );
    expect([answer.status, answer.body]).toEqual([403, refusal('Forbidden', 403, 'AuthenticationUnsuccessful')]);
  });

  test('answers 401 AuthorizationUnsuccessful to a token without the scope', async () => {
    const app = await sandbox.app({ appType: 'web' });
    const { accessToken } = await consentAgain(sandbox, app, {}, { scope: 'openid accounting.contacts' });
    const { status, body } = await callApi(sandbox, organisationPath, accessToken);
    expect([status, body]).toEqual([401, refusal('Unauthorized', 401, 'AuthorizationUnsuccessful')]);
  });

  test('answers 429 to the 61st call of a minute', async () => {
    const { accessToken } = await connectApp(sandbox);
    const headers = { 'xero-tenant-id': tenants.get('Demo Company (Global)') ?? '' };
    const calls = Array.from({ length: 130 }, () => callApi(sandbox, organisationPath, accessToken, headers));
    const refused = (await Promise.all(calls)).find((answer) => answer.status === 429);
    expect(refused?.headers.get('x-rate-limit-problem')).toBe('minute');
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  test('answers XML to a request that does not ask for JSON', async () => {
    const { accessToken } = await connectApp(sandbox);
    const headers = {
      authorization: `Bearer ${accessToken}`,
      'xero-tenant-id': tenants.get('Demo Company (Global)') ?? '',
    };
    const response = await fetch(`${sandbox.url}${organisationPath}`, { headers });
    expect([response.headers.get('content-type'), await response.text()]).toEqual([
      'text/xml; charset=utf-8',
      expect.stringContaining('<Name>Demo Company (Global)</Name>'),
    ]);
  });
});

describe('the revocation endpoint', () => {
  const revoke = async (token: string, headers: Record<string, string>, form = {}): Promise<[number, string]> => {
    const body = new URLSearchParams({ token, ...form });
    const response = await fetch(`${sandbox.url}/connect/revocation`, { method: 'POST', headers, body });
    return [response.status, await response.text()];
  };

  test('ends refresh tokens, access tokens and connections of that user', async () => {
    const { app, accessToken, refreshToken } = await connectApp(sandbox);
    const other = await consentAgain(sandbox, app, { user: 'sam@example.com' });
    expect(await revoke(refreshToken, basic(app))).toEqual([200, '']);
    expect(await refresh(sandbox, app, refreshToken)).toEqual({ status: 400, body: { error: 'invalid_grant' } });
    expect((await callApi(sandbox, '/connections', accessToken)).status).toBe(401);
    expect(await listConnections(sandbox, other.accessToken)).toHaveLength(1);
  });

  test('takes the secret in the body, and answers 200 to a token it never saw', async () => {
    const { app } = await connectApp(sandbox);
    const secret = { client_id: app.clientId, client_secret: app.clientSecret ?? '' };
    expect(await revoke('never-issued', {}, secret)).toEqual([200, '']);
  });

  test('refuses a wrong secret, and leaves another app’s token alone', async () => {
    const [one, other] = [await connectApp(sandbox), await connectApp(sandbox)];
    expect(await revoke(one.refreshToken, basic({ ...one.app, clientSecret: 'x' }))).toEqual([
      400,
      '{"error":"invalid_client"}',
    ]);
    expect(await revoke(one.refreshToken, basic(other.app))).toEqual([200, '']);
    expect(await sandbox.inspect(one.refreshToken)).toBe('live');
  });
});

describe('a custom connection', () => {
  const clientCredentials = (app: SandboxApp, scope?: string): ReturnType<typeof askToken> =>
    askToken(sandbox, { grant_type: 'client_credentials', ...(scope === undefined ? {} : { scope }) }, basic(app));

  test('gets its own scopes and tenant without asking, and no refresh token', async () => {
    const app = await sandbox.app({
      appType: 'custom_connection',
      scopes: ['accounting.settings', 'accounting.contacts'],
    });
    const { status, body } = await clientCredentials(app);
    const claims = decodeJwt(String(body['access_token']));
    expect([status, Object.keys(body)]).toEqual([200, ['access_token', 'expires_in', 'token_type', 'scope']]);
    expect(claims).toMatchObject({ client_id: app.clientId, scope: ['accounting.settings', 'accounting.contacts'] });
    expect(claims['xero_tenant_id']).toBe(tenants.get('Demo Company (Global)'));
    expect(claims.sub).toBeUndefined();
    expect((await callApi(sandbox, organisationPath, String(body['access_token']))).status).toBe(200);
  });

  test('may name its scopes, and one that is not its own fails all', async () => {
    const app = await sandbox.app({
      appType: 'custom_connection',
      scopes: ['accounting.settings', 'accounting.contacts'],
    });
    expect((await clientCredentials(app, 'accounting.contacts')).body['scope']).toBe('accounting.contacts');
    expect(await clientCredentials(app, 'accounting.contacts accounting.invoices')).toEqual({
      status: 400,
      body: { error: 'invalid_scope', error_description: 'Client credentials scope validation failed' },
    });
  });

  test('lists its organisation, or answers 400, depending on the variant', async () => {
    const app = await sandbox.app({ appType: 'custom_connection', tenantId: old });
    const { accessToken } = tokensOf(await clientCredentials(app));
    expect((await listConnections(sandbox, accessToken)).map((one) => one.tenantName)).toEqual([old]);
    await sandbox.variants({ customConnectionsList: 'error400' });
    expect((await callApi(sandbox, '/connections', accessToken)).status).toBe(400);
    await sandbox.variants({ customConnectionsList: 'list' });
  });

  test('not yet authorised, or with changed scopes, has no tenant and is shut out', async () => {
    const app = await sandbox.app({ appType: 'custom_connection' });
    const scopes = ['accounting.settings'];
    await sandbox.event({ event: 'scopes_changed', scopes, clientId: app.clientId });
    const { accessToken } = tokensOf(await clientCredentials(app));
    expect(decodeJwt(accessToken)).not.toHaveProperty('xero_tenant_id');
    expect((await callApi(sandbox, organisationPath, accessToken)).status).toBe(403);
    await sandbox.event({ event: 'custom_connection_authorised', authorised: true, clientId: app.clientId });
    const again = tokensOf(await clientCredentials(app));
    expect((await callApi(sandbox, organisationPath, again.accessToken)).status).toBe(200);
  });
});

describe('what happens at Xero unasked', () => {
  test('an organisation disconnected or a user removed from it is a 403 there, until it is undone', async () => {
    const { app, accessToken } = await connectApp(sandbox);
    const tenantId = tenants.get('Demo Company (Global)') ?? '';
    const statuses = [await organisationStatus(sandbox, accessToken, tenantId)];
    for (const event of ['user_removed', 'user_restored', 'disconnect_organisation']) {
      await sandbox.event({ event, tenantId, clientId: app.clientId });
      await sandbox.clock('1m'); // a new minute of calls
      statuses.push(await organisationStatus(sandbox, accessToken, tenantId));
    }
    expect(statuses).toEqual([expect.any(Number), 403, 200, 403]);
  });

  test('a user who disconnects the app ends its tokens', async () => {
    const { app, accessToken, refreshToken } = await connectApp(sandbox);
    await sandbox.event({ event: 'revoke', clientId: app.clientId });
    expect(await sandbox.inspect(refreshToken)).toBe('dead');
    expect((await callApi(sandbox, '/connections', accessToken)).status).toBe(401);
  });
});

describe('GET /connect/userinfo', () => {
  test('says about the user what the token’s scopes allow', async () => {
    const app = await sandbox.app({ appType: 'web' });
    const code = codeOf(await sandbox.consent(consentLink(sandbox, app.clientId, { scope: 'openid email' })));
    const { accessToken } = tokensOf(await exchange(sandbox, app, code));
    const { body } = await callApi(sandbox, '/connect/userinfo', accessToken);
    expect(body).toMatchObject({ email: 'dana@example.com' });
    expect(body).not.toHaveProperty('given_name');
  });
});
