import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jwt } from './support/jwt';
import { appSecret, canary, environment, expectRefusals, send, type Settings } from './support/send';
import { startServer, type Server } from './support/server';

const tokens = { access_token: jwt({ xero_tenant_id: 'tenant-1' }), expires_in: 1800, token_type: 'Bearer' };
let server: Server;

beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

function getAccessToken(settings: Settings = {}) {
  return send('Get access token', environment('custom_connection', server.url, settings));
}

describe('Get access token', () => {
  test('asks without scope, with HTTP Basic, and keeps the token and the tenant it names', async () => {
    server.answer({ status: 200, body: tokens });
    const { changed, failures } = await getAccessToken();
    expect(failures).toEqual([]);
    expect(server.asked[0]?.body).toBe('grant_type=client_credentials');
    expect(server.asked[0]?.headers.authorization).toBe(`Basic ${btoa(`the id:${appSecret}`)}`);
    expect(changed).toEqual({
      access_token: tokens.access_token,
      access_token_expires_at: expect.stringMatching(/Z$/),
      generation: '1',
      grant_status: 'connected',
      tenant_id: 'tenant-1',
    });
  });

  test('asks for scopes where some are set, and leaves the tenant alone when the token names none', async () => {
    server.answer({ status: 200, body: { ...tokens, access_token: jwt({}) } });
    const { changed } = await getAccessToken({ scopes: 'accounting.settings\n accounting.contacts' });
    expect(server.asked[0]?.body).toBe('grant_type=client_credentials&scope=accounting.settings%20accounting.contacts');
    expect(changed.tenant_id).toBeUndefined();
  });

  test('changes nothing and says what to do after a refusal', async () => {
    const errors = ['invalid_scope', 'invalid_client', 'unauthorized_client'];
    server.answer(...errors.map((error) => ({ status: 400, body: { error, error_description: canary } })));
    await expectRefusals('Get access token', server.url, {}, [
      ['invalid_scope', 'custom_connection', {}, 'leave scopes empty'],
      ['invalid_client', 'custom_connection', {}, 'Xero does not know this client_id and client_secret'],
      ['unauthorized_client', 'custom_connection', {}, 'this app may not do this'],
    ]);
    expect(server.asked).toHaveLength(3);
  });

  test('is not sent without a setting it needs', async () => {
    server.answer({ status: 200, body: tokens });
    await expectRefusals('Get access token', server.url, {}, [
      ['another app type', 'web', {}, 'app_type is web'],
      ['client_secret', 'custom_connection', { client_secret: '' }, 'client_secret is empty'],
    ]);
    expect(server.asked).toEqual([]);
  });
});
