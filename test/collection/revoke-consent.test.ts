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
const confirmed = { tenant_name: 'Birch Books', disconnect_confirm: ' Birch Books\n' };
let server: Server;

beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

function revoke(appType: AppType, others: Settings = {}) {
  return send('Revoke consent', environment(appType, server.url, { ...settings, ...confirmed, ...others }));
}

function asked(): string[] {
  return server.asked.map(({ method, url }) => `${method} ${url}`);
}

describe('Revoke consent', () => {
  test('says first which organisations end, those of other customers, too', async () => {
    const named = (tenantName: string, number: number): object => ({
      id: `${number}`,
      tenantId: `t${number}`,
      tenantName,
    });
    server.answer({ status: 200, body: ['Birch Books', 'Cedar Cafe'].map(named) });
    const { changed, failures } = await revoke('web', { disconnect_confirm: '' });
    const said =
      'this disconnects Birch Books, Cedar Cafe at Xero: if you mean that, write Birch Books into disconnect_confirm';
    expect(failures).toEqual([expect.stringContaining(said)]);
    expect({ changed, asked: asked() }).toEqual({ changed: {}, asked: ['GET /connections'] });
  });

  test.each([
    ['web', `Basic ${btoa(`the id:${appSecret}`)}`, `token=${canary}refresh`],
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
      disconnect_confirm: '',
    });
  });

  test.each([
    ['no name', { disconnect_confirm: '' }],
    ['another name', { disconnect_confirm: 'Birch' }],
    ['nothing but a blank, where no name is known', { tenant_name: '', disconnect_confirm: ' ' }],
  ])('is not sent where disconnect_confirm holds %s', async (_name, others) => {
    server.answer({ status: 200, body: '' });
    const { changed, failures } = await revoke('web', others);
    expect(failures.join()).toContain('into disconnect_confirm and send this again');
    expect({ changed, asked: asked() }).toEqual({ changed: {}, asked: ['GET /connections'] });
  });

  test.each([
    ['the id', { tenant_name: '', tenant_id: 'an-id', disconnect_confirm: 'an-id' }],
    ["the environment's name", { tenant_name: '', disconnect_confirm: 'acme' }],
  ])('takes %s where no name is known', async (_name, others) => {
    server.answer({ status: 200, body: '' });
    expect((await revoke('web', others)).failures).toEqual([]);
  });

  test('takes the name neither from a data file nor from Globals', async () => {
    server.answer({ status: 200, body: '' });
    const given = environment('web', server.url, { ...settings, tenant_name: 'Birch Books' });
    const name = { disconnect_confirm: 'Birch Books' };
    const options = { iterationData: [name], globals: globals(name) as object };
    expect((await send('Revoke consent', given, options)).failures.join()).toContain('this disconnects Birch Books');
    expect(asked()).toEqual(['GET /connections']);
  });

  test('asks for the name again the next time', async () => {
    server.answer({ status: 503 });
    const given = environment('web', server.url, { ...settings, ...confirmed });
    const { failures } = await send('Revoke consent', given, { iterationCount: 2 });
    expect(failures.at(-1)).toContain('this disconnects Birch Books');
    expect(asked()).toEqual(['POST /connect/revocation', 'GET /connections']);
  });

  test('changes nothing and says what to do after a refusal', async () => {
    server.answer({ status: 400, body: { error: 'invalid_client' } }, { status: 503, body: '' });
    const cases: Refusal[] = [
      ['invalid_client', 'web', {}, 'Xero does not know this client_id'],
      ['a server error', 'web', {}, 'Xero is not answering properly'],
    ];
    await expectRefusals('Revoke consent', server.url, { ...settings, ...confirmed }, cases, ['disconnect_confirm']);
    expect(server.asked).toHaveLength(2);
  });

  test('is not sent without a setting it needs', async () => {
    server.answer({ status: 200, body: '' });
    await expectRefusals('Revoke consent', server.url, { ...settings, ...confirmed }, [
      ['refresh_token', 'web', { refresh_token: '' }, 'refresh_token is empty'],
      ['revocation_url', 'web', { revocation_url: 'ftp://x' }, 'revocation_url must be a URL'],
      ['an app with refresh tokens', 'custom_connection', {}, 'app_type is custom_connection'],
    ]);
    expect(server.asked).toEqual([]);
  });
});
