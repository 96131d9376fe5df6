import { afterAll, beforeAll, expect, test } from 'vitest';
import { textOf } from './support/page-text';
import { environment, globals, send, type AppType, type Settings } from './support/send';
import { startServer, type Server } from './support/server';

const sealed = 'evergrant:1:00c0ffee:0123456789ab.c2VhbGVk';
const plain: Settings = {
  app_type: 'web',
  access_token: 'an-access-token',
  refresh_token: 'a-refresh-token',
  tenant_id: 'a-tenant',
  tenant_name: 'Maple Bakery',
  grant_status: 'connected',
  disconnect_confirm: 'Maple Bakery',
  callback_url: 'http://localhost:8080/callback?code=c&state=s',
};

let server: Server;

beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

/** Each request, and what it would send. */
const cases: readonly (readonly [request: string, key: string, appType: AppType])[] = [
  ['Consent link', 'client_secret', 'web'],
  ['Exchange code', 'client_secret', 'web'],
  ['Exchange code', 'callback_url', 'web'],
  ['Exchange code', 'code_verifier', 'pkce'],
  ['List connections', 'access_token', 'web'],
  ['Refresh tokens', 'refresh_token', 'web'],
  ['Refresh tokens', 'refresh_token', 'pkce'],
  ['Refresh tokens', 'client_secret', 'web'],
  ['Check access', 'access_token', 'web'],
  ['Check access', 'access_token', 'custom_connection'],
  ['Get access token', 'client_secret', 'custom_connection'],
  ['Remove connection', 'access_token', 'web'],
  ['Revoke consent', 'refresh_token', 'web'],
  ['Revoke consent', 'client_secret', 'web'],
  ['Hand over', 'refresh_token', 'web'],
  ['Hand over', 'access_token', 'web'],
];

test.each(cases)('%s sends no %s that a server has sealed, of a %s app, and says whom to ask', async (...one) => {
  const [request, key, appType] = one;
  const given = environment(appType, server.url, { ...plain, app_type: appType, [key]: sealed });
  const asked = server.asked.length;
  const { pages, failures, changed } = await send(request, given, {
    globals: globals({ random_bytes: 'ab'.repeat(64) }),
  });
  expect([server.asked.length - asked, changed]).toEqual([0, {}]);
  expect(failures.join('\n')).toContain('a server keeps this connection, and has sealed it: ask its owner');
  const page = textOf(pages[0] ?? '').join('\n');
  expect(page).toContain('A server keeps this connection, and has sealed it');
  expect(page).toContain('npx evergrant export acme --for-postman');
  expect(pages.join() + failures.join()).not.toContain(sealed);
});

test('what is no server’s goes on as before', async () => {
  const asked = server.asked.length;
  await send('Check access', environment('web', server.url, { ...plain, access_token: 'evergrant-1-token' }));
  expect(server.asked.length - asked).toBe(1);
});
