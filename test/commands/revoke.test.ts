import fs from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { expectNoSecret, expectNoSecretInFiles } from '../support/leaks';
import { makeWorkplace, type Result, type Workplace } from '../support/program';
import { refusal } from '../support/refusal';
import { answerWith, hangUp, loseAnswer, startXeroServer, type XeroServer } from '../support/servers/xero-server';

type Rows = Record<string, string>;

let xero: XeroServer;
let place: Workplace;
/** What acme's file holds. */
let rows: Rows;
const [held, other] = ['tenant-of-maple', 'tenant-of-older'];

beforeAll(async () => {
  xero = await startXeroServer();
});

afterAll(() => xero.close());

beforeEach(() => {
  place = makeWorkplace();
  rows = { ...xero.connectedRows(), tenant_id: held, tenant_name: 'Maple Bakery' };
  connect({});
});

afterEach(() => {
  xero.forget();
  expectNoSecretInFiles(place.folder, xero.secrets);
});

/** Writes acme's file, with changes. */
function connect(changes: Rows): void {
  rows = { ...rows, ...changes };
  place.write('acme', xero.environment('web', 'acme', rows));
}

/** Runs the program; nothing it says may be a secret. */
async function revoke(...args: string[]): Promise<Result> {
  const result = await place.run(['revoke', ...args]);
  expectNoSecret(result.stdout + result.stderr, xero.secrets, 'revoke');
  return result;
}

/** The user has two connections, of which acme holds one; a DELETE is answered with this status. */
function offerConnections(deleted: number): void {
  const connections = [
    { id: 'connection-of-maple', tenantId: held, tenantName: 'Maple Bakery' },
    { id: 'connection-of-older', tenantId: other, tenantName: 'Older Ltd' },
  ];
  const list = answerWith(200, JSON.stringify(connections));
  xero.next('connections', list, list, answerWith(deleted, '')); // the request's own script asks once more
}

test('the consent ends at Xero, the tokens go from the file, and the log says so', async () => {
  expect(await revoke('acme')).toEqual({
    code: 0,
    stdout: 'acme: disconnected at Xero\n',
    stderr: 'to connect again: npx evergrant consent acme\n',
  });
  expect(xero.accepts(rows['refresh_token'] ?? '')).toBe(false);
  expect(place.rows('acme')).toMatchObject({
    grant_status: 'consent_needed',
    access_token: '',
    refresh_token: '',
    access_token_expires_at: '',
    refresh_token_expires_at: '',
    tenant_name: 'Maple Bakery',
  });
  expect((await place.run(['log', 'acme'])).stdout).toContain('disconnected at Xero by revoke');
});

test('the newer token of an interrupted refresh is fetched and revoked', async () => {
  xero.next('token', loseAnswer);
  await place.run(['refresh', 'acme', '--force', '--patience', '0s']);
  expect(place.rows('acme')['refresh_started_at']).not.toBe('');
  expect(await revoke('acme')).toMatchObject({ code: 0 });
  const revoked = xero.requests.findLast(({ endpoint }) => endpoint === 'revocation')?.form['token'] ?? '';
  expect(revoked).not.toBe(rows['refresh_token']);
  expect(xero.accepts(revoked)).toBe(false);
  expect(place.rows('acme')).toMatchObject({ refresh_token: '', refresh_started_at: '' });
});

test('an environment without a refresh token has nothing to revoke, and nothing is sent', async () => {
  connect({ refresh_token: '' });
  const asked = xero.requests.length;
  expect(await revoke('acme')).toMatchObject(
    refusal(3, /acme needs consent: there is no refresh token to revoke/, /npx evergrant consent acme/),
  );
  expect(xero.requests.length).toBe(asked);
});

test.each<[string, () => void, object]>([
  [
    'a wrong client secret',
    () => connect({ client_secret: 'wrong' }),
    refusal(7, /refused to revoke the consent of acme: invalid_client/, /check client_id and client_secret/),
  ],
  ['a 503', () => xero.next('revocation', answerWith(503, '')), refusal(4, /HTTP 503/, /run the same command again/)],
  ['a closed connection', () => xero.next('revocation', hangUp), refusal(4, /no answer/, /run the same command again/)],
  ['no revocation_url', () => connect({ revocation_url: '' }), refusal(2, /revocation_url is missing/, /fill in/)],
])('%s revokes nothing, and leaves the file as it was', async (_, prepare, expected) => {
  prepare();
  const before = fs.readFileSync(place.fileOf('acme'), 'utf8');
  expect(await revoke('acme')).toMatchObject({ ...expected, stdout: '' });
  expect(fs.readFileSync(place.fileOf('acme'), 'utf8')).toBe(before);
});

test('--connection of another organisation removes that one, and the file stays as it was', async () => {
  offerConnections(204);
  const before = fs.readFileSync(place.fileOf('acme'), 'utf8');
  expect(await revoke('acme', '--connection', 'connection-of-older')).toEqual({
    code: 0,
    stdout: 'acme: Older Ltd disconnected at Xero\n',
    stderr: '',
  });
  expect(xero.requests.at(-1)).toMatchObject({ method: 'DELETE', path: '/connections/connection-of-older' });
  expect(fs.readFileSync(place.fileOf('acme'), 'utf8')).toBe(before);
});

test('--connection of the organisation that is held needs a new consent, and keeps the tokens', async () => {
  offerConnections(204);
  expect(await revoke('acme', '--connection', 'connection-of-maple')).toMatchObject({
    code: 0,
    stdout: 'acme: Maple Bakery disconnected at Xero\n',
  });
  expect(place.rows('acme')).toMatchObject({
    ...rows,
    grant_status: 'consent_needed',
    tenant_id: '',
    tenant_name: '',
  });
});

test('--connection with an id that the user does not have removes nothing', async () => {
  offerConnections(204);
  expect(await revoke('acme', '--connection', 'nobody’s')).toMatchObject(
    refusal(2, /acme has no connection with this id/, /npx evergrant connections acme/),
  );
  expect(xero.requests.at(-1)).toMatchObject({ method: 'GET', path: '/connections' });
});

test('a connection that Xero does not remove is not said to be removed', async () => {
  offerConnections(500);
  expect(await revoke('acme', '--connection', 'connection-of-maple')).toMatchObject({ code: 4, stdout: '' });
  expect(place.rows('acme')).toMatchObject({ grant_status: 'connected', tenant_id: held });
});

test('an environment that does not exist is refused', async () => {
  expect(await revoke('nobody')).toMatchObject(refusal(2, /no environment nobody/, /npx evergrant init nobody/));
});
