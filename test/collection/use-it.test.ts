import { readFileSync } from 'node:fs';
import type { NewmanRunOptions } from 'newman';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jwt } from './support/jwt';
import { textOf } from './support/page-text';
import { canary, collectionFile, environment, send, type Outcome, type Settings } from './support/send';
import { startServer, type Answer, type Server } from './support/server';

interface Folder {
  readonly name: string;
  readonly auth: {
    readonly type: string;
    readonly oauth2: readonly { readonly key: string; readonly value: unknown }[];
  };
}

const collection = JSON.parse(readFileSync(collectionFile, 'utf8')) as { item: Folder[]; variable: object[] };
const token = `${jwt({ authentication_event_id: 'event-1', xero_userid: 'user-1' })}${canary}`;
const birch = { id: 'an-id', tenantId: 'one', tenantName: 'Birch Books', authEventId: 'event-1' };
const maple = { id: 'another', tenantId: 'two', tenantName: 'Maple Bakery', authEventId: 'event-2' };
const list: Answer = { status: 200, body: [maple, birch] };
const organisation: Answer = {
  status: 200,
  body: { Organisations: [{ Name: 'Birch Books' }] },
  headers: { 'X-DayLimit-Remaining': '4987' },
};
let server: Server;

beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

/** The collection after a person has pressed Use Token: the app writes it into the folder. */
function withToken(given: string): NewmanRunOptions['collection'] {
  const using = ({ auth, ...folder }: Folder): object => ({
    ...folder,
    auth: { ...auth, oauth2: [...auth.oauth2, { key: 'accessToken', value: given, type: 'string' }] },
  });
  return { ...collection, item: collection.item.map((one) => (one.name === 'Use it' ? using(one) : one)) };
}

/** Sends a request with a token of the server; the environment has none. */
function sent(request: string, rows: Settings, answers: Answer[], given = token): Promise<Outcome> {
  server.answer(...answers);
  const bare = environment('web', server.url, { client_secret: '', client_id: '', ...rows });
  return send(request, bare, { collection: withToken(given) });
}

describe('with a token of the server', () => {
  test('the organisation is found, and no token is kept', async () => {
    const { changed, failures, pages } = await sent('Find organisation', {}, [list]);
    expect(failures).toEqual([]);
    expect(changed).toEqual({ tenant_id: 'one', tenant_name: 'Birch Books', authorised_user_id: 'user-1' });
    expect(server.asked[0]?.headers.authorization).toBe(`Bearer ${token}`);
    expect(textOf(pages[0] ?? '')).toContain('The token is for Birch Books');
  });

  test('the organisation is read', async () => {
    const { changed, failures, pages } = await sent('Read organisation', { tenant_id: 'one' }, [organisation]);
    expect([changed, failures]).toEqual([{}, []]);
    expect(server.asked[0]?.headers).toMatchObject({ authorization: `Bearer ${token}`, 'xero-tenant-id': 'one' });
    expect(textOf(pages[0] ?? '').join('\n')).toMatch(/Birch Books can be reached[\s\S]*4987/);
  });
});

describe('a refusal says what to do, and changes nothing', () => {
  const ended: Answer = { status: 401, body: { Title: 'Unauthorized' } };
  const lacking: Answer = { status: 401, body: { Detail: 'AuthorizationUnsuccessful' } };
  const find = 'Find organisation';
  test.each<[string, string, Settings, Answer, string]>([
    ['where the token has ended', find, {}, ended, 'the token has ended: open the folder Use it'],
    [
      'for another customer',
      find,
      { tenant_id: 'two', tenant_name: 'Maple Bakery' },
      list,
      'the token is for Birch Books, and this environment for Maple Bakery',
    ],
    ['for another than expected', find, { expected_tenant: 'two' }, list, 'not for expected_tenant'],
    [
      'where it is not connected',
      find,
      {},
      { status: 200, body: [] },
      'is not connected any more: ask the owner of the server',
    ],
    [
      'where several may be meant',
      find,
      {},
      { status: 200, body: [maple, { ...maple, tenantId: 'three' }] },
      '2 organisations are connected, and the token does not say',
    ],
    ['where Xero does not answer', find, {}, { status: 502, body: '' }, 'Xero is not answering properly'],
    ['where the token lacks a scope', 'Read organisation', { tenant_id: 'one' }, lacking, 'lacks a scope'],
    [
      'for a strange organisation',
      'Read organisation',
      { tenant_id: 'x' },
      { status: 403, body: '' },
      'send Find organisation',
    ],
    [
      'for nonsense',
      'Read organisation',
      { tenant_id: 'x' },
      { status: 200, body: '<p>' },
      'Xero is not answering properly',
    ],
    [
      'before an organisation is known',
      'Read organisation',
      {},
      organisation,
      'tenant_id is empty in the environment: send Find organisation first',
    ],
  ])('%s', async (_, request, rows, answer, advice) => {
    const { changed, failures, pages } = await sent(request, rows, [answer]);
    expect([changed, failures.join('\n')]).toEqual([{}, expect.stringContaining(advice)]);
    expect(pages).toHaveLength(1);
  });

  test.each([find, 'Read organisation'])('where there is no token, of %s', async (request) => {
    const { changed, failures } = await sent(request, { tenant_id: 'one' }, [list], '');
    expect([changed, failures.join('\n')]).toEqual([
      {},
      expect.stringContaining('there is no token: open the folder Use it'),
    ]);
    expect(server.asked[0]?.headers.authorization).toBe(undefined);
  });
});

test('the folder asks a server by client credentials, and has no secret of its own', () => {
  const { auth } = collection.item.find(({ name }) => name === 'Use it') ?? { auth: undefined };
  const settings = Object.fromEntries((auth?.oauth2 ?? []).map(({ key, value }) => [key, value]));
  expect([auth?.type, settings]).toEqual([
    'oauth2',
    {
      grant_type: 'client_credentials',
      accessTokenUrl: '{{serve_url}}/oauth/token',
      clientId: '{{serve_client_id}}',
      clientSecret: '{{serve_client_secret}}',
      client_authentication: 'header',
      tokenRequestParams: [
        { key: 'environment', value: '{{serve_environment}}', enabled: true, send_as: 'request_body' },
      ],
      tokenName: 'evergrant',
      headerPrefix: 'Bearer',
      addTokenTo: 'header',
    },
  ]);
  expect(collection.variable).toEqual([
    { key: 'serve_url', value: 'http://127.0.0.1:8099' },
    { key: 'serve_environment', value: '' },
  ]);
});
