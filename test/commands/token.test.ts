import fs from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { expectNoSecret } from '../support/leaks';
import { makeWorkplace, type Result, type Workplace } from '../support/program';
import { refusal } from '../support/refusal';
import { startProgram } from '../support/running';
import { answerWith, holdTokenRequest, startXeroServer, type XeroServer } from '../support/servers/xero-server';

type Rows = Record<string, string>;

let xero: XeroServer;
let place: Workplace;
/** What acme's file holds. */
let rows: Rows;

beforeAll(async () => {
  xero = await startXeroServer();
});

afterAll(() => xero.close());

beforeEach(() => {
  xero.forget();
  place = makeWorkplace();
  rows = xero.connectedRows();
  connect({});
});

/** Writes acme's file, with changes. */
function connect(changes: Rows): void {
  rows = { ...rows, ...changes };
  place.write('acme', xero.environment('web', 'acme', rows));
}

const token = (...args: string[]): Promise<Result> => place.run(['token', ...args]);
const after = (ms: number): string => new Date(Date.now() + ms).toISOString();
const dueSoon = (): Rows => ({ access_token_expires_at: after(60_000) });

test('a token that has enough left is printed, and nothing is sent', async () => {
  const [asked, before] = [xero.requests.length, fs.readFileSync(place.fileOf('acme'), 'utf8')];
  expect(await token('acme')).toEqual({ code: 0, stdout: `${rows['access_token']}\n`, stderr: '' });
  expect(xero.requests.length).toBe(asked);
  expect(fs.readFileSync(place.fileOf('acme'), 'utf8')).toBe(before);
});

test('NAME may be the path of a file', async () => {
  expect(await token('environments/acme.postman_environment.json')).toMatchObject({
    code: 0,
    stdout: `${rows['access_token']}\n`,
  });
});

test('a token that has less left than --min-validity is refreshed first', async () => {
  expect((await token('acme', '--min-validity', '31m')).stdout).toBe(`${place.rows('acme')['access_token']}\n`);
  expect(place.rows('acme')).toMatchObject({ generation: '2', refresh_started_at: '' });
});

test('a token with a minute left is printed as it is when --min-validity is less', async () => {
  connect(dueSoon());
  expect(await token('acme', '--min-validity', '30s')).toMatchObject({ code: 0, stdout: `${rows['access_token']}\n` });
  expect(place.rows('acme')['generation']).toBe('1');
});

test('a refresh before the token prints nothing', async () => {
  connect(dueSoon());
  const { code, stdout, stderr } = await token('acme', '--header');
  const { access_token: accessToken } = place.rows('acme');
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `Authorization: Bearer ${accessToken}\n`, stderr: '' });
  expect(accessToken).not.toBe(rows['access_token']);
});

test('--json says whose token it is, and until when it is good', async () => {
  connect({ tenant_id: 'the-tenant', tenant_name: 'Maple Bakery' });
  const { code, stdout } = await token('acme', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    environment: 'acme',
    tenantId: 'the-tenant',
    tenantName: 'Maple Bakery',
    accessToken: rows['access_token'],
    accessTokenExpiresAt: rows['access_token_expires_at'],
    scopes: null,
  });
});

test('--json refreshes first, too', async () => {
  connect(dueSoon());
  const { stdout } = await token('acme', '--json');
  const { access_token: accessToken, access_token_expires_at: accessTokenExpiresAt } = place.rows('acme');
  expect(JSON.parse(stdout)).toMatchObject({ accessToken, accessTokenExpiresAt, tenantId: null, tenantName: null });
  expect(accessToken).not.toBe(rows['access_token']);
});

test('--json and --header are not both', async () => {
  expect(await token('acme', '--json', '--header')).toMatchObject({ ...refusal(2, /not both/, /leave/), stdout: '' });
});

test.each<[string, () => Rows, object]>([
  [
    'that was never connected',
    () => ({ access_token: '', refresh_token: '', grant_status: 'never_connected', generation: '0' }),
    refusal(3, /acme needs consent/, /npx evergrant consent acme/),
  ],
  [
    'that Xero has ended',
    () => ({ ...dueSoon(), grant_status: 'consent_needed' }),
    refusal(3, /acme needs consent: Xero has ended this connection/, /npx evergrant consent acme/),
  ],
  [
    'whose refresh token is refused',
    () => ({ ...dueSoon(), refresh_token: 'spent-long-ago' }),
    refusal(3, /invalid_grant/, /npx evergrant consent acme/),
  ],
  [
    'whose client secret is wrong',
    () => ({ ...dueSoon(), client_secret: 'wrong' }),
    refusal(7, /invalid_client/, /check client_id and client_secret/),
  ],
])('an environment %s prints no token, and says what to do next', async (_, changes, expected) => {
  connect(changes());
  const result = await token('acme');
  expect(result).toMatchObject({ ...expected, stdout: '' });
  expectNoSecret(result.stderr, xero.secrets, 'stderr');
});

test('a server that does not answer within --patience ends with 4, though the old token has a minute left', async () => {
  connect(dueSoon());
  xero.next('token', answerWith(503, ''));
  expect(await token('acme', '--patience', '0s')).toMatchObject({ ...refusal(4, /HTTP 503/, /run again/), stdout: '' });
  expect(place.rows('acme')).toMatchObject({ refresh_token: rows['refresh_token'], generation: '1' });
});

test('an environment that another process refreshes for longer than --wait ends with 5', async () => {
  connect(dueSoon());
  const held = holdTokenRequest(xero);
  const holder = startProgram(place.folder, ['refresh', 'acme']);
  await held.arrived;
  expect(await token('acme', '--wait', '0s')).toMatchObject({ ...refusal(5, /acme/, /--wait/), stdout: '' });
  held.answer();
  expect(await holder.ended).toMatchObject({ code: 0 });
});

test.each<[string, string[], RegExp]>([
  ['no name', [], /missing required argument/],
  ['two names', ['acme', 'bakery'], /too many arguments/],
  ['an environment that does not exist', ['nobody'], /no environment nobody.*\n.*npx evergrant init nobody/],
  ['a bad duration', ['acme', '--min-validity', 'soon'], /"soon" is no duration/],
])('%s is refused', async (_, args, message) => {
  expect(await token(...args)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(message) });
});
