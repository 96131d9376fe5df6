import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { NewmanRunOptions } from 'newman';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { jwt } from './support/jwt';
import { linkState } from './support/link-state';
import { runCollection } from './support/run';
import { canary, collectionFile, environment, globals, type AppType, type Settings } from './support/send';
import { startServer, type Answer, type Server } from './support/server';

const collection = JSON.parse(readFileSync(collectionFile, 'utf8')) as { item: { name: string }[] };
const accessToken = jwt({ authentication_event_id: 'event-1', xero_userid: 'user-1' });
const held = {
  access_token: accessToken,
  refresh_token: `${canary}held`,
  tenant_id: 'one',
  tenant_name: 'Birch Books',
  grant_status: 'connected',
};
const login: Answer = { status: 302, headers: { Location: '/identity/user/login' } };
const tokens: Answer = {
  status: 200,
  body: { access_token: accessToken, refresh_token: `${canary}new`, token_type: 'Bearer' },
};
const list: Answer = {
  status: 200,
  body: [{ id: 'an-id', tenantId: 'one', tenantName: 'Birch Books', authEventId: 'event-1' }],
};
const organisation: Answer = { status: 200, body: { Organisations: [{ Name: 'Birch Books' }] } };
let server: Server;

beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

/** What one run of the whole collection, or of a folder of it, asks of Xero, and what the environment holds then. */
async function runAll(
  appType: AppType,
  rows: Settings,
  answers: Answer[],
  options: Partial<NewmanRunOptions> = {},
): Promise<{ asked: string[]; rows: Settings }> {
  server.answer(...answers);
  const given = environment(appType, server.url, { redirect_uri: 'http://localhost:8080/callback', ...rows });
  const random = globals({ random_bytes: randomBytes(64).toString('hex') });
  const all = { collection, environment: given, globals: random, ...options } as object as NewmanRunOptions;
  const { summary } = await runCollection(all);
  const members = (summary.environment.values as unknown as { members: { key: string; value: string }[] }).members;
  return {
    asked: server.asked.map(({ method, url }) => `${method} ${url.split('?')[0]}`),
    rows: Object.fromEntries(members.map(({ key, value }) => [key, value])),
  };
}

test.each<[string, AppType, Settings, Answer[], string[]]>([
  ['with nothing pasted', 'web', held, [login], ['GET /identity/connect/authorize']],
  [
    'whose link Xero refuses',
    'web',
    held,
    [{ status: 500, body: 'invalid_scope' }],
    ['GET /identity/connect/authorize'],
  ],
  ['of a custom connection', 'custom_connection', held, [tokens], []],
])('a run of the whole collection %s ends at the first refusal', async (_name, appType, rows, answers, asked) => {
  expect((await runAll(appType, rows, answers)).asked).toEqual(asked);
});

test('a run in which all goes well goes on to Disconnect, and ends there without disconnecting', async () => {
  const callback = `http://localhost:8080/callback?code=${canary}code&state=${linkState()}`;
  // A request for a custom connection is refused here, and a run ends there: it never comes to Hand over and Use it.
  const item = collection.item.filter(({ name }) => !['Custom connection', 'Hand over', 'Use it'].includes(name));
  const answers = [login, tokens, list, list, tokens, organisation, list, { status: 204 }, { status: 200 }];
  const { asked, rows } = await runAll('web', { callback_url: callback }, answers, {
    collection: { ...collection, item } as object,
  });
  expect(asked).toEqual([
    'GET /identity/connect/authorize',
    'POST /connect/token',
    'GET /connections',
    'GET /connections',
    'POST /connect/token',
    'GET /api.xro/2.0/Organisation',
    'GET /connections',
  ]);
  expect(rows).toMatchObject({ refresh_token: `${canary}new`, tenant_id: 'one', grant_status: 'connected' });
});

test('a run of Disconnect with the name written down once disconnects once', async () => {
  const rows = { ...held, disconnect_confirm: 'Birch Books' };
  const { asked } = await runAll('web', rows, [list, { status: 204 }, list], { folder: 'Disconnect' });
  expect(asked).toEqual(['GET /connections', 'DELETE /connections/an-id', 'GET /connections']);
});

test('a run of Use it, for which Newman has no token, ends at its first request and changes nothing', async () => {
  const { asked, rows } = await runAll('web', held, [list, organisation], { folder: 'Use it' });
  expect([asked, rows['tenant_id']]).toEqual([['GET /connections'], 'one']);
});

test('a run with several rows goes on with the next row after a refusal', async () => {
  const { asked } = await runAll('web', held, [login], { iterationCount: 3 });
  expect(asked).toEqual(Array.from({ length: 3 }, () => 'GET /identity/connect/authorize'));
});
