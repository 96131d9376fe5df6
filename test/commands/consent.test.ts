import fs from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { peekState } from '../../scripts/consent/state';
import { expectNoSecret, expectNoSecretInFiles } from '../support/leaks';
import { makeWorkplace, type Result, type Workplace } from '../support/program';
import { isWithoutTerminal, screenOf } from '../support/terminal';
import { refusal } from '../support/refusal';
import { startXeroServer, type XeroServer } from '../support/servers/xero-server';

let xero: XeroServer;
let place: Workplace;

beforeAll(async () => {
  xero = await startXeroServer();
});

afterAll(() => xero.close());

beforeEach(() => {
  place = makeWorkplace();
});

const held = { tenant_id: 'tenant-of-old', tenant_name: 'Old Mill Ltd' };
const consent = (...args: string[]): Promise<Result> => place.run(['consent', 'acme', ...args]);
const unchecked = (...args: string[]): Promise<Result> => consent('--no-check', ...args);

function write(rows: Readonly<Record<string, string>>): void {
  place.write('acme', xero.environment('web', 'acme', rows));
}

const connectedTo = (tenantName: string): Record<string, string> => ({
  ...xero.connectedRows(),
  ...held,
  tenant_name: tenantName,
});

function claimsIn(link: string): ReturnType<typeof peekState> {
  return peekState(new URL(link.trim()).searchParams.get('state') ?? '');
}

describe.each(['web', 'pkce'] as const)('for an app of type %s', (appType) => {
  beforeEach(() => place.write('acme', xero.environment(appType, 'acme', { ...xero.connectedRows(appType), ...held })));

  test('a link is valid for 14 days, says so, and can change no organisation', async () => {
    const { code, stdout, stderr } = await unchecked();
    const { madeAt = new Date(0), goodUntil = new Date(0), mayReplace } = claimsIn(stdout) ?? {};
    expect({ code, mayReplace, days: (goodUntil.getTime() - madeAt.getTime()) / 86_400_000 }).toEqual({
      code: 0,
      mayReplace: false,
      days: 14,
    });
    expect(stderr).toBe('');
  });

  test.skipIf(isWithoutTerminal)('a person is told until when it is good, and what it can change', async () => {
    const screen = await screenOf(place.folder, ['consent', 'acme', '--no-check']);
    const { goodUntil = new Date(0) } = claimsIn(screen.split('\n')[0] ?? '') ?? {};
    expect(screen).toContain(`good until ${goodUntil.toISOString().slice(0, 16).replace('T', ' ')} UTC, for 14 d 0 h`);
    expect(screen).toContain(
      'another organisation will be refused; to change it: npx evergrant consent acme --replace',
    );
  });

  test('--valid-for, --replace and --expect-tenant are in the link, the JSON, the words and the file', async () => {
    const order = ['--valid-for', '12h', '--replace', '--expect-tenant', 'tenant-of-new', '--json'];
    const { code, stdout, stderr } = await unchecked(...order);
    const result = JSON.parse(stdout) as { url: string; expiresAt: string };
    const { madeAt = new Date(0), goodUntil = new Date(0), mayReplace } = claimsIn(result.url) ?? {};
    expect({ code, mayReplace, hours: (goodUntil.getTime() - madeAt.getTime()) / 3_600_000 }).toEqual({
      code: 0,
      mayReplace: true,
      hours: 12,
    });
    expect(result).toEqual({
      environment: 'acme',
      tenantId: held.tenant_id,
      url: expect.stringContaining('response_type=code'),
      expiresAt: expect.stringContaining(goodUntil.toISOString().slice(0, 19)),
      mayReplace: true,
      expectedTenant: 'tenant-of-new',
    });
    expect(stderr).toBe('');
    expect(place.rows('acme')).toMatchObject({ ...held, expected_tenant: 'tenant-of-new' });
  });

  test('an expectation is kept until another one is given, as the id where the held name is given', async () => {
    await unchecked('--expect-tenant', 'Old Mill Ltd');
    expect(place.rows('acme')['expected_tenant']).toBe('tenant-of-old');
    expect((await unchecked()).stderr).toBe('');
    expect(place.rows('acme')['expected_tenant']).toBe('tenant-of-old');
    expect((await unchecked('--no-expect-tenant')).code).toBe(0);
    expect(place.rows('acme')['expected_tenant']).toBe('');
  });
});

test.each(['0s', '59s', '61d', 'a week'])('--valid-for %s is refused, and makes no link', async (lifetime) => {
  write({});
  const before = fs.readFileSync(place.fileOf('acme'), 'utf8');
  expect(await unchecked('--valid-for', lifetime)).toMatchObject({ code: 2, stdout: '' });
  expect(fs.readFileSync(place.fileOf('acme'), 'utf8')).toBe(before);
});

test('a client secret of less than 16 characters makes no link, and is not shown', async () => {
  write({ client_secret: 'fifteen-letters' });
  const { code, stdout, stderr } = await unchecked();
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain('the client_secret of acme has under 16 characters');
  expect(stderr).not.toContain('fifteen-letters');
});

test('--message prints a note that is ready to send', async () => {
  write(connectedTo('Old Mill Ltd'));
  const { stdout } = await unchecked('--message');
  expect(stdout).toMatch(/^Hello,\n/);
  expect(stdout).toContain('connect Old Mill Ltd');
  expect(stdout).toContain(`${xero.url}/identity/connect/authorize?response_type=code&`);
  expect(stdout).toContain('- read and change invoices, bills, credit notes, quotes and purchase orders');
  expect(stdout).toContain('- stay connected when you are not there');
});

test('--message=html escapes the name of the organisation and the link', async () => {
  write({ tenant_name: '<b>&Co' });
  const { stdout } = await unchecked('--message=html');
  expect(stdout).toContain('connect &#60;b&#62;&#38;Co');
  expect(stdout).toMatch(/<a href="http[^"]*&#38;client_id=/);
});

test('--message=markdown is refused', async () => {
  write({});
  expect(await unchecked('--message=markdown')).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('text, html'),
  });
});

test.each(['text', 'html'])('--message=%s says in one plain line until when the link is valid', async (format) => {
  write(connectedTo('Old\r\n\r\nMill \u202eLtd\u001b[2J {{client_secret}}'));
  const { stdout } = await unchecked(`--message=${format}`, '--valid-for', '7d');
  const day = peekState(place.rows('acme')['consent_state'] ?? '')?.goodUntil ?? new Date(0);
  const said = day.toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });
  expect(stdout).toMatch(new RegExp(`The link is good until ${said}, \\d\\d:\\d\\d UTC\\.`));
  expect(stdout).toContain('connect Old Mill Ltd [2J {client_secret} to our service');
});

test.skipIf(isWithoutTerminal)('a person is told who may take whose place, in names without tricks', async () => {
  write(connectedTo('Old\r\n\r\nMill \u202eLtd\u001b[2J {{client_secret}}'));
  const order = ['consent', 'acme', '--no-check', '--replace', '--expect-tenant', 'tenant-of-new'];
  const screen = await screenOf(place.folder, order);
  expect(screen).toMatch(
    /^acme is connected to Old Mill Ltd \[2J \{client_secret\}: .* another organisation will take its place$/m,
  );
  expect(screen).toMatch(/^acme expects tenant-of-new: any other organisation will be refused/m);
  expect(await screenOf(place.folder, ['consent', 'acme', '--no-check', '--no-expect-tenant'])).not.toContain(
    'acme expects',
  );
});

test('the note of a link that may replace names no organisation', async () => {
  write(connectedTo('Old Mill Ltd'));
  expect((await unchecked('--message', '--replace')).stdout).toContain('please connect your Xero organisation to');
});

test.each<[string, Record<string, string>, object]>([
  [
    'a scope that Xero does not know',
    { scopes: 'openid offline_access bogus' },
    refusal(7, /because of scopes: bogus \(invalid_scope\)/, /granular/),
  ],
  [
    'a redirect URI that is not the app’s',
    { redirect_uri: 'http://localhost:9/other' },
    refusal(7, /because of redirect_uri/, /redirect_uri/),
  ],
  ['an unknown client id', { client_id: 'nobody' }, refusal(7, /because of client_id/, /copy client_id again/)],
  [
    'a server that does not exist',
    { authorize_url: 'http://localhost:1/identity/connect/authorize' },
    refusal(4, /did not say/, /--no-check/),
  ],
])('a link with %s is not printed, and nothing is written', async (_, wrong, expected) => {
  write({ ...connectedTo('Old Mill Ltd'), ...wrong });
  const before = fs.readFileSync(place.fileOf('acme'), 'utf8');
  const result = await consent();
  expect(result).toMatchObject({ ...expected, stdout: '' });
  expect(fs.readFileSync(place.fileOf('acme'), 'utf8')).toBe(before);
  expectNoSecret(result.stdout + result.stderr, xero.secrets, 'consent');
  expectNoSecretInFiles(place.folder, xero.secrets);
});

test('of many scopes, those that Xero refuses are found and named', async () => {
  const scopes =
    'openid offline_access accounting.invoices bogus.one accounting.contacts accounting.settings bogus.two';
  write({ scopes });
  const asked = xero.requests.length;
  expect(await consent()).toMatchObject({
    code: 7,
    stderr: expect.stringContaining('because of scopes: bogus.one, bogus.two (invalid_scope)'),
  });
  expect(xero.requests.length - asked).toBeLessThan(15);
});

test('--no-check sends no request', async () => {
  write({ scopes: 'openid offline_access bogus' });
  const asked = xero.requests.length;
  expect(await unchecked()).toMatchObject({ code: 0, stdout: expect.stringContaining('bogus') });
  expect(xero.requests.length).toBe(asked);
});
