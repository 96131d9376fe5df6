import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { peekState } from '../../scripts/consent/state';
import { makeWorkplace, type Result, type Workplace } from '../support/program';
import { answerWith, startXeroServer, type Handler, type XeroServer } from '../support/servers/xero-server';
import { signedState, stateOf } from '../support/states';

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
const consent = (...args: string[]): Promise<Result> => place.run(['consent', 'acme', '--no-check', ...args]);

function claimsIn(link: string): ReturnType<typeof peekState> {
  return peekState(new URL(link.trim()).searchParams.get('state') ?? '');
}

describe.each(['web', 'pkce'] as const)('the link of a %s app', (appType) => {
  beforeEach(() => place.write('acme', xero.environment(appType, 'acme', { ...xero.connectedRows(appType), ...held })));

  test('is good for 14 days, which stands next to it, and changes no organisation', async () => {
    const { code, stdout, stderr } = await consent();
    const { madeAt = new Date(0), goodUntil = new Date(0), mayReplace } = claimsIn(stdout) ?? {};
    expect({ code, mayReplace, days: (goodUntil.getTime() - madeAt.getTime()) / 86_400_000 }).toEqual({
      code: 0,
      mayReplace: false,
      days: 14,
    });
    expect(stderr).toContain(`good until ${goodUntil.toISOString().slice(0, 16).replace('T', ' ')} UTC, for 14 d 0 h`);
    expect(stderr).toContain(
      'another organisation will be refused; to change it: npx evergrant consent acme --replace',
    );
  });

  test('says what was ordered: --valid-for, --replace, --expect-tenant', async () => {
    const order = ['--valid-for', '12h', '--replace', '--expect-tenant', 'tenant-of-new', '--json'];
    const { code, stdout, stderr } = await consent(...order);
    const result = JSON.parse(stdout) as { url: string; expiresAt: string };
    const { madeAt = new Date(0), goodUntil = new Date(0), mayReplace } = claimsIn(result.url) ?? {};
    expect({ code, mayReplace, hours: (goodUntil.getTime() - madeAt.getTime()) / 3_600_000 }).toEqual({
      code: 0,
      mayReplace: true,
      hours: 12,
    });
    expect(result).toEqual({
      environment: 'acme',
      url: expect.stringContaining('response_type=code'),
      expiresAt: expect.stringContaining(goodUntil.toISOString().slice(0, 19)),
      mayReplace: true,
      expectedTenant: 'tenant-of-new',
    });
    expect(stderr).toMatch(/Old Mill Ltd.*another organisation will take its place/);
    expect(place.rows('acme')).toMatchObject({ ...held, expected_tenant: 'tenant-of-new' });
  });

  test('keeps an expectation until another one is given, by the id of a name that is held', async () => {
    await consent('--expect-tenant', 'Old Mill Ltd');
    expect(place.rows('acme')['expected_tenant']).toBe('tenant-of-old');
    expect((await consent()).stderr).toContain('acme expects tenant-of-old');
    expect(place.rows('acme')['expected_tenant']).toBe('tenant-of-old');
    expect((await consent('--no-expect-tenant')).stderr).not.toContain('acme expects');
    expect(place.rows('acme')['expected_tenant']).toBe('');
  });
});

test.each([['0s'], ['59s'], ['61d'], ['a week']])('--valid-for %s is no life for a link', async (lifetime) => {
  place.write('acme', xero.environment('web', 'acme'));
  const before = fs.readFileSync(place.fileOf('acme'), 'utf8');
  expect(await consent('--valid-for', lifetime)).toMatchObject({ code: 2, stdout: '' });
  expect(fs.readFileSync(place.fileOf('acme'), 'utf8')).toBe(before);
});

test('a secret of less than 16 characters makes no link, and is not shown', async () => {
  place.write('acme', xero.environment('web', 'acme', { client_secret: 'fifteen-letters' }));
  const { code, stdout, stderr } = await consent();
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain('the client_secret of acme has under 16 characters');
  expect(stderr).not.toContain('fifteen-letters');
});

test.each(['text', 'html'])('the note of --message=%s says until when, on one line and plainly', async (format) => {
  const tenant_name = 'Old\r\n\r\nMill \u202eLtd\u001b[2J {{client_secret}}';
  place.write('acme', xero.environment('web', 'acme', { ...xero.connectedRows(), ...held, tenant_name }));
  const { stdout, stderr } = await consent(`--message=${format}`, '--valid-for', '7d');
  const day = new Date(Date.now() + 7 * 86_400_000);
  const said = day.toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });
  expect(stdout).toMatch(new RegExp(`The link is good until ${said}, \\d\\d:\\d\\d UTC\\.`));
  expect(stdout).toContain('connect Old Mill Ltd [2J {client_secret} to our service');
  expect(stderr).toContain('acme is connected to Old Mill Ltd [2J {client_secret}:');
});

test('the note of a link that may replace names no organisation', async () => {
  place.write('acme', xero.environment('web', 'acme', { ...xero.connectedRows(), ...held }));
  expect((await consent('--message', '--replace')).stdout).toContain('please connect your Xero organisation to');
});

test('names from Xero are plain in the output of exchange, connections and in the file', async () => {
  place.write('acme', xero.environment('web', 'acme'));
  const { stdout } = await consent();
  const hostile = (event: string): string =>
    JSON.stringify([
      { id: 'c-1', tenantId: 't-1', authEventId: event, tenantName: 'Maple\n\u001b]0;x\u0007Bakery\u202e {{code}}' },
    ]);
  const answerHostile: Handler = (request, response, answer) => {
    const token = Buffer.from(request.headers.authorization?.split('.')[1] ?? '', 'base64url').toString();
    const { authentication_event_id: event = '' } = JSON.parse(token) as Record<string, string>;
    answerWith(200, hostile(event))(request, response, answer);
  };
  xero.next('connections', answerHostile, answerHostile); // a script of the collection asks first
  const exchanged = await place.run(['exchange', 'acme', xero.consent(stdout.trim())]);
  expect(exchanged).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('acme: connected to Maple ]0;x Bakery {code};'),
  });
  expect(place.rows('acme')).toMatchObject({ tenant_id: 't-1', tenant_name: 'Maple ]0;x Bakery {code}' });
  xero.next('connections', answerWith(200, hostile('')));
  const listed = await place.run(['connections', 'acme']);
  expect(listed).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\* Maple \]0;x Bakery \{code\} {2}/) });
});

describe('while one secret replaces another', () => {
  test.each([
    [
      'today’s form',
      (claims: { n: string; t: number }, app: Parameters<typeof signedState>[1]) =>
        signedState({ ...claims, u: claims.t + 86_400, r: 'n' }, app),
    ],
    [
      'the form of earlier versions',
      ({ n, t }: { n: string; t: number }, { secret }: { secret: string }) => stateOf(n, t, 'nonce', secret),
    ],
  ])('a link of %s that the one before has signed is honoured', async (form, make) => {
    place.write('acme', xero.environment('web', 'acme'));
    const { client_id: clientId = '', redirect_uri: redirectUri = '' } = place.rows('acme');
    const secret = 'the-secret-that-was-before';
    const link = new URL((await consent()).stdout.trim());
    link.searchParams.set(
      'state',
      make({ n: 'acme', t: Math.floor(Date.now() / 1000) }, { secret, clientId, redirectUri }),
    );
    const callback = xero.consent(link.href);
    expect(await place.run(['exchange', callback])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(form.startsWith('today') ? 'answers no link' : 'by an earlier version'),
    });
    fs.writeFileSync(path.join(place.folder, '.env'), `XERO_CLIENT_SECRET_PREVIOUS=${secret}\n`, { mode: 0o600 });
    const { code, stderr } = await place.run(['exchange', callback]);
    expect(code).toBe(0);
    expect(stderr.includes('earlier version')).toBe(!form.startsWith('today'));
  });
});

describe('a state that two environments claim', () => {
  beforeEach(() => {
    place.write('acme', xero.environment('web', 'acme'));
    place.write('bakery', xero.environment('web', 'acme'));
  });

  test('connects neither, unless one is named', async () => {
    const callback = xero.consent((await consent()).stdout.trim());
    const asked = xero.requests.length;
    const { code, stderr } = await place.run(['exchange', callback]);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining(
        'acme by the name of its file and bakery by the name inside its file both claim this consent link',
      ),
    });
    expect(xero.requests.length).toBe(asked);
    expect(await place.run(['exchange', 'acme', callback])).toMatchObject({ code: 0 });
    expect(place.rows('bakery')['refresh_token'] ?? '').toBe('');
  });

  test('is no trouble where only the names of one file differ', async () => {
    fs.rmSync(place.fileOf('acme'));
    const { stdout } = await place.run(['consent', 'bakery', '--no-check']);
    const link = new URL(stdout.trim());
    expect(await place.run(['exchange', xero.consent(link.href)])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('bakery: connected'),
    });
  });
});
