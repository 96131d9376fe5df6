import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jwt } from './support/jwt';
import { canary, environment, expectRefusals, send, type Refusal, type Settings } from './support/send';
import { startServer, type Answer, type Server } from './support/server';

const accessToken = jwt({ authentication_event_id: 'event-2', xero_userid: 'user-1' });
let server: Server;

beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

function sendTo(request: string, settings: Settings = {}, appType: 'web' | 'custom_connection' = 'web') {
  return send(request, environment(appType, server.url, { access_token: accessToken, ...settings }));
}

function connection(id: string, authEventId: string, day: number) {
  const updatedDateUtc = `2026-10-0${day}T10:00:00.1234567`;
  return { id: `${id}-id`, tenantId: id, tenantName: `Name of ${id}`, authEventId, updatedDateUtc };
}

const refusals: [string, Answer, string][] = [
  [
    'an expired token',
    { status: 401, body: { Detail: 'TokenExpired: token expired' } },
    'the access token is not valid any more',
  ],
  ['a missing scope', { status: 401, body: { Detail: 'AuthorizationUnsuccessful' } }, 'the access token lacks a scope'],
  [
    'a disconnected tenant',
    { status: 403, body: { Detail: 'AuthenticationUnsuccessful' } },
    'tenant_id is not connected',
  ],
  ['too many calls', { status: 429, headers: { 'Retry-After': '37' }, body: '' }, 'wait 37 seconds'],
  ['too many calls without a time', { status: 429, headers: { 'Retry-After': canary }, body: '' }, 'wait some seconds'],
  ['a bad request', { status: 400, body: canary }, 'Xero refuses this call with status 400'],
  ['a server error', { status: 502, body: '<html>' }, 'Xero is not answering properly'],
  ['a redirect', { status: 302 }, 'Xero is not answering properly'],
];

describe.each(['List connections', 'Check access', 'Remove connection'])('%s', (request) => {
  const good = { access_token: accessToken, tenant_id: 'one', tenant_name: 'One', disconnect_confirm: 'One' };

  test('changes nothing and says what to do after a refusal', async () => {
    server.answer(...refusals.map(([, answer]) => answer));
    const cases = refusals.map(([name, , advice]): Refusal => [name, 'web', {}, advice]);
    await expectRefusals(request, server.url, good, cases);
    expect(server.asked.map((asked) => asked.method)).toEqual(cases.map(() => 'GET'));
  });

  test('is not sent without a setting it needs', async () => {
    server.answer({ status: 200, body: [] });
    const unsafe = { api_url: 'http://api.xero.com', connections_url: 'http://api.xero.com' };
    await expectRefusals(request, server.url, good, [
      ['access_token', 'web', { access_token: '' }, 'access_token is empty'],
      ['a safe URL', 'web', unsafe, '_url must be a URL'],
    ]);
    expect(server.asked).toEqual([]);
  });
});

describe('List connections', () => {
  const [oldest, middle, newest] = [
    connection('a', 'event-1', 1),
    connection('b', 'event-2', 2),
    connection('c', 'event-3', 3),
  ];

  test.each([
    ['of this consent', [oldest, middle, newest], 'b'],
    ['of this consent that is newest', [connection('x', 'event-2', 1), connection('y', 'event-2', 4), newest], 'y'],
    ['the only one that is one', [null, 5, {}, { tenantId: 7 }, middle], 'b'],
  ])('keeps the organisation %s', async (_name, connections, tenantId) => {
    server.answer({ status: 200, body: connections });
    const { changed, failures } = await sendTo('List connections');
    expect(failures).toEqual([]);
    expect(server.asked[0]).toMatchObject({ url: '/connections', headers: { authorization: `Bearer ${accessToken}` } });
    expect(changed).toEqual({ tenant_id: tenantId, tenant_name: `Name of ${tenantId}`, authorised_user_id: 'user-1' });
  });

  test.each([
    ['that is listed', [oldest, middle, newest], 'b'],
    ['that is listed, though the token comes from another consent', [oldest, middle, newest], 'a'],
    ['that is listed, where nothing is of this consent', [oldest, newest], 'a'],
    ['of several that were chosen together', [connection('x', 'event-2', 1), connection('y', 'event-2', 4)], 'x'],
  ])('keeps the organisation held %s', async (_name, connections, held) => {
    server.answer({ status: 200, body: connections });
    const { changed, failures } = await sendTo('List connections', { tenant_id: held });
    expect(failures).toEqual([]);
    expect(changed).toEqual({ tenant_name: `Name of ${held}`, authorised_user_id: 'user-1' });
  });

  const known = { tenant_id: 'gone', tenant_name: 'Gone Ltd' };

  test.each<[string, Settings, object[], string, string]>([
    [
      'the one held is gone, and nothing is of this consent',
      known,
      [oldest, newest],
      'Gone Ltd is not connected any more, Xero lists Name of a (a), Name of c (c)',
      'send a new Consent link and have Gone Ltd chosen',
    ],
    [
      'the one held is gone, and another is of this consent',
      known,
      [oldest, middle],
      'Gone Ltd is not connected any more, Xero lists Name of a (a), Name of b (b)',
      'send a new Consent link and have Gone Ltd chosen',
    ],
    [
      'the one held is gone, and the token says nothing',
      { ...known, access_token: `${canary}opaque` },
      [oldest],
      'Gone Ltd is not connected any more, Xero lists Name of a (a)',
      'send a new Consent link',
    ],
    [
      'none is held, and none is of this consent',
      {},
      [oldest, newest],
      "none of these is known to be this environment's, Xero lists Name of a (a), Name of c (c)",
      'copy the id of the right one into tenant_id',
    ],
    [
      'another is expected',
      { expected_tenant: 'c' },
      [oldest, middle, newest],
      'the organisation is not that of expected_tenant, Xero lists Name of a (a)',
      'send a new Consent link',
    ],
  ])('changes nothing and lists the connections when %s', async (_name, settings, connections, there, next) => {
    server.answer({ status: 200, body: connections });
    const { changed, failures } = await sendTo('List connections', settings);
    expect(changed).toEqual({});
    expect(failures.join()).toContain(there);
    expect(failures.join()).toContain(next);
  });

  test('keeps names and ids that are plain, and no others', async () => {
    const names = { ...middle, tenantName: ` {{client_secret}}\u202e\r\nLtd\u0007${'x'.repeat(300)}` };
    server.answer({ status: 200, body: [{ ...newest, tenantId: '{{client_secret}}', authEventId: 'event-2' }, names] });
    const settings = { access_token: jwt({ authentication_event_id: 'event-2', xero_userid: '{{client_secret}}' }) };
    const { changed } = await sendTo('List connections', settings);
    expect(changed).toEqual({ tenant_id: 'b', tenant_name: `{client_secret} Ltd ${'x'.repeat(180)}` });
  });

  test('keeps the organisation that the token of a custom connection names', async () => {
    server.answer({ status: 200, body: [oldest, newest] });
    const settings = { access_token: jwt({ xero_tenant_id: 'a' }) };
    const { changed } = await sendTo('List connections', settings, 'custom_connection');
    expect(changed).toEqual({ tenant_id: 'a', tenant_name: 'Name of a' });
  });

  test('reads a token that is no JWT', async () => {
    server.answer({ status: 200, body: [oldest] });
    const { changed, failures } = await sendTo('List connections', { access_token: `${canary}opaque` });
    expect({ failures, tenant: changed.tenant_id }).toEqual({ failures: [], tenant: 'a' });
  });

  test.each([
    ['an empty list', []],
    ['a list without ids', [{ tenantId: '{{client_secret}}' }, { tenantId: 'a b' }]],
    ['an object', {}],
    ['null', null],
    ['HTML', '<html>'],
  ])('changes nothing after %s', async (_name, body) => {
    server.answer({ status: 200, body });
    const { changed, failures } = await sendTo('List connections', { tenant_id: 'kept' });
    expect(changed).toEqual({});
    expect(failures).toEqual([expect.stringContaining('the customer has to consent again')]);
  });
});

describe('Check access', () => {
  const organisation = { status: 200, body: { Organisations: [{ Name: 'Acme' }] } };

  test('reads the organisation of the tenant', async () => {
    server.answer(organisation);
    const { changed, failures } = await sendTo('Check access', { tenant_id: ' one\n' });
    expect({ changed, failures }).toEqual({ changed: {}, failures: [] });
    expect(server.asked[0]).toMatchObject({
      method: 'GET',
      url: '/api.xro/2.0/Organisation',
      headers: { authorization: `Bearer ${accessToken}`, 'xero-tenant-id': 'one' },
    });
  });

  test('sends no tenant when none is known', async () => {
    server.answer(organisation);
    const { failures } = await sendTo('Check access', {}, 'custom_connection');
    expect(failures).toEqual([]);
    expect(server.asked[0]?.headers).not.toHaveProperty('xero-tenant-id');
  });

  test.each([
    ['HTML', '<html>'],
    ['no organisation', { Organisations: [] }],
    ['null', null],
  ])('fails on %s', async (_name, body) => {
    server.answer({ status: 200, body });
    const { failures } = await sendTo('Check access', { tenant_id: 'one' });
    expect(failures).toEqual([
      expect.stringContaining('the answer names the organisation: Xero is not answering properly'),
    ]);
  });
});

describe('Remove connection', () => {
  const list = { status: 200, body: [connection('one', 'event-1', 1), connection('two', 'event-2', 2)] };
  const tenant = { tenant_id: 'two', tenant_name: 'Two', disconnect_confirm: 'Two' };

  test.each([204, 404])('removes the connection of tenant_id and forgets it (status %i)', async (status) => {
    server.answer(list, { status });
    const { changed, failures } = await sendTo('Remove connection', tenant);
    expect(failures).toEqual([]);
    expect(server.asked.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /connections',
      'DELETE /connections/two-id',
    ]);
    expect(server.asked[1]?.headers.authorization).toBe(`Bearer ${accessToken}`);
    expect(changed).toEqual({ tenant_id: '', tenant_name: '', disconnect_confirm: '' });
  });

  test.each([
    ['another', 'one-id', 'Name of one', {}],
    ['an unknown', 'gone-id', 'gone-id', {}],
    ['the same', 'two-id', 'Two', { tenant_id: '', tenant_name: '' }],
  ])('removes the connection in connection_id, here %s', async (_name, id, confirmed, others) => {
    server.answer(list, { status: 204 });
    const expected = { ...others, disconnect_confirm: '' };
    const rows = { access_token: accessToken, ...tenant, disconnect_confirm: confirmed };
    const given = environment('web', server.url, rows);
    const { changed, failures } = await send('Remove connection', given, {
      globals: { values: [{ key: 'connection_id', value: id }] },
    });
    expect({ changed, failures }).toEqual({ changed: expected, failures: [] });
    expect(server.asked[1]?.url).toBe(`/connections/${id}`);
  });

  test.each([
    ['the tenant is not connected', { tenant_id: 'three' }, 'tenant_id is not among the connections'],
    ['there is no tenant', { tenant_id: '' }, 'tenant_id is empty'],
    ['its name is not typed', { ...tenant, disconnect_confirm: '' }, 'this disconnects Two at Xero'],
    ['another name is written', { ...tenant, disconnect_confirm: 'Name of one' }, 'write Two into disconnect_confirm'],
  ])('removes nothing when %s', async (_name, settings, advice) => {
    server.answer(list, { status: 204 });
    const { changed, failures } = await sendTo('Remove connection', settings);
    expect(failures).toEqual([expect.stringContaining(advice)]);
    expect(changed).toEqual({});
    expect(server.asked.map((asked) => asked.method)).not.toContain('DELETE');
  });

  test.each(['{{client_secret}}', '../connections', 'a/b'])('sends nothing for the connection %s', async (id) => {
    server.answer(list, { status: 204 });
    const given = environment('web', server.url, { access_token: accessToken, ...tenant });
    const options = { globals: { values: [{ key: 'connection_id', value: id }] } };
    const { changed, failures } = await send('Remove connection', given, options);
    expect(failures.length).toBeGreaterThan(0);
    expect({ changed, asked: server.asked }).toEqual({ changed: {}, asked: [] });
  });

  test('changes nothing when the removal itself is refused', async () => {
    server.answer(list, { status: 403, body: '' });
    const { changed, failures } = await sendTo('Remove connection', tenant);
    expect(changed).toEqual({ disconnect_confirm: '' });
    expect(failures[0]).toContain('tenant_id is not connected');
  });
});
