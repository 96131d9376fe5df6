import fs from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { makeWorkplace, type Result, type Workplace } from '../support/program';
import { answerWith, startXeroServer, type XeroServer } from '../support/servers/xero-server';

let xero: XeroServer;
let place: Workplace;

beforeAll(async () => {
  xero = await startXeroServer();
});

afterAll(() => xero.close());

beforeEach(() => {
  place = makeWorkplace();
  xero.forget();
});

const held = { tenant_id: 'tenant-of-old', tenant_name: 'Old Mill Ltd' };
const list = (...args: string[]): Promise<Result> => place.run(['connections', 'acme', ...args]);

function connected(rows: Readonly<Record<string, string>>): string {
  const text = xero.environment('web', 'acme', { ...xero.connectedRows(), ...rows });
  place.write('acme', text);
  return text;
}

/** The organisations that a user has connected, none of them by the token's consent. */
function byOthers(...ids: string[]): string {
  const of = (id: string): object => ({
    id: `c-${id}`,
    tenantId: id,
    tenantName: `Name of ${id}`,
    authEventId: 'other',
  });
  return JSON.stringify(ids.map(of));
}

test('an environment keeps its organisation, whichever one the token is for; that it is gone is noted', async () => {
  connected(held);
  const before = place.rows('acme');
  const { code, stdout, stderr } = await list();
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^ {2}Older Ltd.*\n {2}Maple Bakery/) });
  expect(stderr).toContain('Old Mill Ltd, which acme holds, is connected no more; acme was not moved to another');
  expect(stderr).toMatch(/npx evergrant consent acme; .*npx evergrant consent acme --replace/);
  const { removed_at: removedAt, ...others } = place.rows('acme');
  expect(others).toEqual(before);
  expect(Math.abs(Date.parse(removedAt ?? '') - Date.now())).toBeLessThan(60_000);
  const { stdout: status } = await place.run(['status', '--json']);
  expect((JSON.parse(status) as { environments: object[] }).environments).toMatchObject([
    { state: 'connected', detail: 'removed', since: removedAt },
  ]);
  xero.next('connections', answerWith(200, byOthers('tenant-of-old')));
  expect((await list()).code).toBe(0);
  expect(place.rows('acme')).toEqual({ ...before, removed_at: '' });
});

test('the one held is marked though the token’s event matches none, and --json says so', async () => {
  connected(held);
  xero.next('connections', answerWith(200, byOthers('newer', 'tenant-of-old')));
  const { code, stdout, stderr } = await list('--json');
  expect({ code, stderr, ...(JSON.parse(stdout) as object) }).toEqual({
    code: 0,
    stderr: '',
    environment: 'acme',
    tenantId: 'tenant-of-old',
    isConnected: true,
    appConnections: null, // an app that may not ask
    connectionLimit: null,
    connections: [
      expect.objectContaining({ tenantId: 'newer' }),
      expect.objectContaining({ tenantId: 'tenant-of-old', tenantName: 'Name of tenant-of-old' }),
    ],
  });
});

test('asks with the token that is held, and not with one that Postman has set aside', async () => {
  connected({ pending_access_token: 'an-access-token-set-aside', pending_refresh_token: 'a-refresh-token-set-aside' });
  const { access_token: token = '', ...others } = place.rows('acme');
  expect((await list()).code).toBe(0);
  const asked = xero.requests.findLast(({ endpoint }) => endpoint === 'connections');
  expect(asked?.authorization).toBe(`Bearer ${token}`);
  expect(place.rows('acme')).toMatchObject(others);
});

test('a blank tenant_id is filled with the organisation of the token’s event', async () => {
  connected({});
  expect(await list()).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\* Maple Bakery/m), stderr: '' });
  expect(place.rows('acme')).toMatchObject({ tenant_name: 'Maple Bakery' });
});

test.each([
  ['its event matches none', {}, byOthers('newer', 'older')],
  ['another is expected', { expected_tenant: 'tenant-of-old' }, undefined],
])('a blank tenant_id stays blank where %s, which is said', async (_, rows, answer) => {
  const before = connected(rows);
  if (answer !== undefined) xero.next('connections', answerWith(200, answer));
  const { code, stdout, stderr } = await list();
  expect({ code, marked: /^\*/m.test(stdout) }).toEqual({ code: 0, marked: false });
  expect(stderr).toContain(
    "which of these is acme's is not known, and none is taken\n  → connect it: npx evergrant consent acme",
  );
  expect(fs.readFileSync(place.fileOf('acme'), 'utf8')).toBe(before);
});

test('when Xero lists no organisation, the one in the file is reported as gone', async () => {
  connected(held);
  xero.next('connections', answerWith(200, '[]'));
  const { code, stdout, stderr } = await list();
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
  expect(stderr).toContain('no organisation is connected\nOld Mill Ltd, which acme holds, is connected no more');
  expect(place.rows('acme')).toMatchObject({ ...held, removed_at: expect.stringMatching(/^\d{4}-/) as string });
});

test('hostile characters in the name of an organisation are taken out', async () => {
  connected({ tenant_id: 't-1' });
  const tenantName = 'Maple\n\u001b]0;x\u0007Bakery\u202e {{code}}';
  xero.next('connections', answerWith(200, JSON.stringify([{ id: 'c-1', tenantId: 't-1', tenantName }])));
  expect(await list()).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^\* Maple \]0;x Bakery \{code\} {2}/),
  });
});
