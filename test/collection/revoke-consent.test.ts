import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canary, environment, expectRefusals, send, type AppType } from './support/send';
import { startServer, type Server } from './support/server';

const settings = {
  refresh_token: `${canary}refresh`,
  access_token: `${canary}access`,
  access_token_expires_at: '2026-11-22T10:00:00.000Z',
  refresh_token_expires_at: '2026-11-22T10:00:00.000Z',
  refresh_started_at: '2026-11-22T10:00:00.000Z',
  grant_status: 'connected',
  generation: '3',
};
let server: Server;

beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

function revoke(appType: AppType) {
  return send('Revoke consent', environment(appType, server.url, settings));
}

describe('Revoke consent', () => {
  it.each([
    ['web', `Basic ${btoa(`the id:${canary}secret`)}`, `token=${canary}refresh`],
    ['pkce', undefined, `token=${canary}refresh&client_id=the%20id`],
  ] as const)('revokes the refresh token of a %s app and forgets all tokens', async (appType, authorization, body) => {
    server.answer({ status: 200, body: '' });
    const { changed, failures } = await revoke(appType);
    expect(failures).toEqual([]);
    expect(server.asked[0]).toMatchObject({ method: 'POST', url: '/connect/revocation', body });
    expect(server.asked[0]?.headers.authorization).toBe(authorization);
    const { generation: _, ...ended } = settings;
    expect(changed).toEqual({
      ...Object.fromEntries(Object.keys(ended).map((key) => [key, ''])),
      grant_status: 'consent_needed',
    });
  });

  it('changes nothing and says what to do after a refusal', async () => {
    server.answer({ status: 400, body: { error: 'invalid_client' } }, { status: 503, body: '' });
    await expectRefusals('Revoke consent', server.url, settings, [
      ['invalid_client', 'web', {}, 'Xero does not know this client_id'],
      ['a server error', 'web', {}, 'Xero is not answering properly'],
    ]);
    expect(server.asked).toHaveLength(2);
  });

  it('is not sent without a setting it needs', async () => {
    server.answer({ status: 200, body: '' });
    await expectRefusals('Revoke consent', server.url, settings, [
      ['refresh_token', 'web', { refresh_token: '' }, 'refresh_token is empty'],
      ['revocation_url', 'web', { revocation_url: 'ftp://x' }, 'revocation_url must be a URL'],
      ['an app with refresh tokens', 'custom_connection', {}, 'app_type is custom_connection'],
    ]);
    expect(server.asked).toEqual([]);
  });
});
