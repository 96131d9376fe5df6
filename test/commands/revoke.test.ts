import fs from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { expectNoSecret, expectNoSecretInFiles } from '../support/leaks';
import { makeWorkplace, type Result, type Workplace } from '../support/program';
import { refusal } from '../support/refusal';
import { isWithoutTerminal, startOnTerminal } from '../support/terminal';
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
    stderr: '',
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

describe.skipIf(isWithoutTerminal)('on a terminal', () => {
  const window = { columns: 200, lines: 24 };

  /** Two organisations of one user, of which acme holds one. */
  function offerTwo(): void {
    const connections = [
      { id: 'connection-of-maple', tenantId: held, tenantName: 'Maple Bakery' },
      { id: 'connection-of-older', tenantId: other, tenantName: 'Older Ltd' },
    ];
    xero.next('connections', answerWith(200, JSON.stringify(connections)));
  }

  const question =
    'this ends the connection of Maple Bakery, Older Ltd to this app at Xero, until somebody consents again.';

  test.each(['n', '', 'maybe'])('the organisations that end are named, and %j ends none', async (answer) => {
    offerTwo();
    const asking = startOnTerminal(place.folder, ['revoke', 'acme'], window);
    expect(await asking.shows('[y/N]')).toContain(question);
    asking.type(`${answer}\r`);
    const { code, screen } = await asking.ended;
    expect(code).toBe(2);
    expect(screen).toContain('it was not confirmed, and nothing was changed');
    expect(place.rows('acme')).toMatchObject(rows);
    expect(xero.accepts(rows['refresh_token'] ?? '')).toBe(true);
  });

  test.each(['y', 'YES'])('%s ends them', async (answer) => {
    offerTwo();
    const asking = startOnTerminal(place.folder, ['revoke', 'acme'], window);
    await asking.shows('[y/N]');
    asking.type(`${answer}\r`);
    expect((await asking.ended).code).toBe(0);
    expect(place.rows('acme')).toMatchObject({ refresh_token: '', grant_status: 'consent_needed' });
  });

  test('--yes asks nobody', async () => {
    const { code, screen } = await startOnTerminal(place.folder, ['revoke', 'acme', '--yes'], window).ended;
    expect({ code, isAsked: screen.includes('[y/N]') }).toEqual({ code: 0, isAsked: false });
  });

  test('where Xero does not say what else ends, the question says so', async () => {
    xero.next('connections', hangUp);
    const asking = startOnTerminal(place.folder, ['revoke', 'acme'], window);
    expect(await asking.shows('[y/N]')).toContain('of Maple Bakery and of every other organisation of its user');
    asking.type('y\r');
    expect((await asking.ended).code).toBe(0);
  });

  test('one connection is asked about by its own name', async () => {
    offerConnections(204);
    const args = ['revoke', 'acme', '--connection', 'connection-of-older'];
    const asking = startOnTerminal(place.folder, args, window);
    expect(await asking.shows('[y/N]')).toContain('this ends the connection of Older Ltd to this app at Xero.');
    asking.type('n\r');
    expect((await asking.ended).code).toBe(2);
    expect(xero.requests.at(-1)).toMatchObject({ method: 'GET' });
  });
});
