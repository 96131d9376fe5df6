import fs from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { expectNoSecret, expectNoSecretInFiles } from '../support/leaks';
import { makeWorkplace, type Result, type Workplace } from '../support/program';
import { refusal } from '../support/refusal';
import { answerWith, startXeroServer, type Handler, type XeroServer } from '../support/servers/xero-server';
import { signedState, stateOf, type StateApp } from '../support/states';

let xero: XeroServer;
let place: Workplace;

beforeAll(async () => {
  xero = await startXeroServer();
});

afterAll(() => xero.close());

beforeEach(() => {
  place = makeWorkplace();
  place.write('acme', xero.environment('web', 'acme'));
});

afterEach(() => {
  xero.forget();
  expectNoSecretInFiles(place.folder, xero.secrets);
});

/** Runs the program; nothing it says may be a secret. */
async function evergrant(args: readonly string[], input = ''): Promise<Result> {
  const result = await place.run(args, { input });
  expectNoSecret(result.stdout + result.stderr, xero.secrets, args[0] ?? '');
  return result;
}

async function linkOf(name: string): Promise<string> {
  return (await place.run(['consent', name, '--no-check'])).stdout.trim();
}

/** Where the browser ends after a consent. */
async function callbackFor(name: string): Promise<string> {
  return xero.consent(await linkOf(name));
}

const exchangeAcme = (callback: string, ...more: string[]): Promise<Result> =>
  evergrant(['exchange', 'acme', callback, ...more]);

describe('a callback', () => {
  test('--json says what was connected, and until when', async () => {
    const { code, stdout, stderr } = await exchangeAcme(await callbackFor('acme'), '--json');
    const rows = place.rows('acme');
    expect({ code, stderr, ...(JSON.parse(stdout) as object) }).toEqual({
      code: 0,
      stderr: '',
      environment: 'acme',
      tenantId: rows['tenant_id'],
      tenantName: 'Maple Bakery',
      others: [],
      replacedTenantName: null,
      isAlready: false,
      generation: 1,
      refreshTokenExpiresAt: rows['refresh_token_expires_at'],
    });
    expect(xero.accepts(rows['refresh_token'] ?? '')).toBe(true);
  });

  test.each([[['acme', '-']], [['-']], [['acme']], [[]]])('exchange %j takes it from stdin', async (args) => {
    const callback = await callbackFor('acme');
    expect(await evergrant(['exchange', ...args], `${callback}\n`)).toMatchObject({ code: 0, stderr: '' });
    expect(place.rows('acme')).toMatchObject({ grant_status: 'connected' });
  });

  test('a callback URL that was pasted into the file is taken from there, and removed', async () => {
    const callback_url = await callbackFor('acme');
    place.write('acme', xero.environment('web', 'acme', { ...place.rows('acme'), callback_url }));
    expect(await evergrant(['exchange', 'acme'])).toMatchObject({
      code: 0,
      stdout: 'acme: connected to Maple Bakery; keep it with npx evergrant refresh acme\n',
    });
    expect(place.rows('acme')).toMatchObject({ callback_url: '', grant_status: 'connected' });
  });

  test('the tokens that Postman has set aside of an earlier consent go when another one connects', async () => {
    const aside = { pending_access_token: 'a-refused-access-token', pending_refresh_token: 'a-refused-refresh-token' };
    place.write('acme', xero.environment('web', 'acme', aside));
    expect(await exchangeAcme(await callbackFor('acme'))).toMatchObject({ code: 0 });
    expect(place.rows('acme')).toMatchObject({ pending_access_token: '', pending_refresh_token: '' });
  });

  test('a code that Xero did not answer for can be exchanged again', async () => {
    const callback = await callbackFor('acme');
    xero.next('token', answerWith(503, ''));
    expect(await exchangeAcme(callback, '--patience', '0s')).toMatchObject(
      refusal(4, /HTTP 503/, /run the same again within 5 minutes/),
    );
    expect(place.rows('acme')['refresh_token'] ?? '').toBe('');
    expect(await exchangeAcme(callback)).toMatchObject({ code: 0 });
  });

  test('a link that was made before its file was renamed connects the renamed one', async () => {
    const callback = await callbackFor('acme');
    fs.renameSync(place.fileOf('acme'), place.fileOf('bakery'));
    expect(await evergrant(['exchange', callback])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('bakery: connected'),
    });
  });

  test('a link that was made after its file was renamed connects it', async () => {
    fs.renameSync(place.fileOf('acme'), place.fileOf('bakery'));
    expect(await evergrant(['exchange', await callbackFor('bakery')])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('bakery: connected'),
    });
  });

  test('hostile characters in the name of an organisation are taken out, on the screen and in the file', async () => {
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
    expect(await exchangeAcme(await callbackFor('acme'))).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('acme: connected to Maple ]0;x Bakery {code};'),
    });
    expect(place.rows('acme')).toMatchObject({ tenant_id: 't-1', tenant_name: 'Maple ]0;x Bakery {code}' });
  });
});

describe('a callback that cannot be exchanged', () => {
  let rows: Record<string, string>;

  beforeEach(() => {
    rows = xero.connectedRows();
    place.write('acme', xero.environment('web', 'acme', rows));
  });

  /** Runs the program, and makes sure that acme's tokens are as they were. */
  async function refused(args: readonly string[], input = ''): Promise<Result> {
    const result = await evergrant(args, input);
    const { access_token, refresh_token } = rows;
    expect(place.rows('acme')).toMatchObject({ access_token, refresh_token, generation: '1' });
    expect(result.stdout).toBe('');
    return result;
  }

  test.each<[string, (url: URL) => void, object]>([
    [
      'a state that no environment has',
      (url) => url.searchParams.set('state', 'x'),
      refusal(2, /no link made for acme/, /npx evergrant consent acme/),
    ],
    [
      'an altered state',
      (url) => url.searchParams.set('state', `${url.searchParams.get('state')}A`),
      refusal(2, /no link made for acme/, /consent acme/),
    ],
    ['no state', (url) => url.searchParams.delete('state'), refusal(2, /no state/, /paste the whole address/)],
    ['no code', (url) => url.searchParams.delete('code'), refusal(2, /no code/, /paste the whole address/)],
    [
      'a code that Xero never gave',
      (url) => url.searchParams.set('code', 'made-up-code'),
      refusal(3, /invalid_grant/, /consent acme/),
    ],
  ])('a callback URL with %s is refused', async (_, spoil, expected) => {
    const url = new URL(await callbackFor('acme'));
    spoil(url);
    expect(await refused(['exchange', 'acme', url.href])).toMatchObject(expected);
  });

  test.each<[string, string, object]>([
    ['Cancel', 'user+said+no', refusal(3, /Cancel was pressed/, /npx evergrant consent acme/)],
    ['refused scopes', 'Requested+wrong+apps+scopes', refusal(7, /refused the scopes/, /correct scopes/)],
  ])('%s instead of a consent is reported', async (_, description, expected) => {
    const url = `http://localhost:8080/callback?error=access_denied&error_description=${description}&state=x`;
    expect(await refused(['exchange', 'acme', url])).toMatchObject(expected);
  });

  test('a callback that was used says so while its connection lives, and nothing is sent or changed', async () => {
    const callback = await callbackFor('acme');
    expect(await evergrant(['exchange', callback])).toMatchObject({ code: 0 });
    const [rows, asked] = [place.rows('acme'), xero.requests.length];
    expect(await evergrant(['exchange', callback])).toEqual({
      code: 0,
      stdout: expect.stringMatching(
        /^acme: is connected to Maple Bakery already since [\d-]{10} \d\d:\d\d UTC; this callback was used before, and nothing was changed\n$/,
      ),
      stderr: '',
    });
    const json = JSON.parse((await evergrant(['exchange', callback, '--json'])).stdout) as object;
    expect(json).toMatchObject({ environment: 'acme', tenantName: 'Maple Bakery', isAlready: true });
    expect([place.rows('acme'), xero.requests.length]).toEqual([rows, asked]);
  });

  test.each<[string, (callback: string) => Promise<string[]>]>([
    [
      'the connection has ended',
      async (callback) => {
        await evergrant(['revoke', 'acme']);
        return [callback];
      },
    ],
    ['another organisation is expected', async (callback) => [callback, '--expect-tenant', 'Older Ltd']],
  ])('a callback that was used is refused when %s', async (_, prepare) => {
    const callback = await callbackFor('acme');
    await evergrant(['exchange', callback]);
    expect(await evergrant(['exchange', ...(await prepare(callback))])).toMatchObject(
      refusal(3, /refused \(invalid_grant\): used here already/, /consent acme/),
    );
  });

  test('a link of one environment connects no other of the same app', async () => {
    place.write('bakery', xero.environment('web', 'bakery'));
    expect(await refused(['exchange', 'bakery', await callbackFor('acme')])).toMatchObject(
      refusal(2, /no link made for bakery/, /consent bakery/),
    );
    expect(place.rows('bakery')['refresh_token'] ?? '').toBe('');
  });

  test('a state that names no environment is refused', async () => {
    expect(await refused(['exchange', 'http://localhost:8080/callback?code=abc&state=xyz'])).toMatchObject(
      refusal(2, /state names no environment in environments/, /npx evergrant exchange NAME/),
    );
  });

  test('the consent link itself is told from the callback', async () => {
    expect(await refused(['exchange', 'acme', await linkOf('acme')])).toMatchObject(
      refusal(2, /the consent link itself/, /press Allow access/),
    );
  });

  test.each(['', 'not a url', 'ftp://localhost/?code=a&state=b'])('“%s” is no callback URL', async (pasted) => {
    expect(await refused(['exchange', 'acme'], pasted)).toMatchObject(
      refusal(2, /callback URL/, /paste the whole address/),
    );
  });

  test.each([
    ['a third argument', ['acme', 'https://app.example/', 'more'], /too many arguments/],
    ['a bad duration', ['acme', '--patience', 'soon'], /"soon" is no duration/],
    ['an environment that does not exist', ['nobody', 'https://app.example/?code=a&state=b'], /no environment nobody/],
  ])('%s is refused', async (_, args, message) => {
    expect(await refused(['exchange', ...args])).toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
  });
});

/** Makes a state of acme's, signed with a secret that is not the app's own. */
type MakeState = (app: StateApp) => string;

test.each<[string, MakeState, { without: string; with: string }]>([
  [
    'today’s form',
    (app) => {
      const madeAt = Math.floor(Date.now() / 1000);
      return signedState({ n: 'acme', t: madeAt, u: madeAt + 86_400, r: 'n' }, app);
    },
    { without: 'answers no link', with: '' },
  ],
  [
    'the form of earlier versions',
    ({ secret }) => stateOf('acme', Math.floor(Date.now() / 1000), 'nonce', secret),
    {
      without: 'by an earlier version',
      with: 'ATTENTION: acme was connected by a link that an earlier version has made',
    },
  ],
])('a link of %s that the previous secret has signed is accepted', async (_, make, said) => {
  const { client_id: clientId = '', redirect_uri: redirectUri = '' } = place.rows('acme');
  const secret = 'the-secret-that-was-before';
  const link = new URL(await linkOf('acme'));
  link.searchParams.set('state', make({ secret, clientId, redirectUri }));
  const callback = xero.consent(link.href);
  expect(await evergrant(['exchange', callback])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(said.without),
  });
  fs.writeFileSync(path.join(place.folder, '.env'), `XERO_CLIENT_SECRET_PREVIOUS=${secret}\n`, { mode: 0o600 });
  const { code, stderr } = await evergrant(['exchange', callback]);
  expect({ code, warning: stderr.split(',')[0]?.trim() }).toEqual({ code: 0, warning: said.with });
});

test('a state that two environments claim connects neither, unless one is named', async () => {
  place.write('bakery', xero.environment('web', 'acme'));
  const callback = await callbackFor('acme');
  const asked = xero.requests.length;
  const { code, stderr } = await evergrant(['exchange', callback]);
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: expect.stringContaining('acme by its name and bakery by the name inside it both claim this consent link'),
  });
  expect(xero.requests.length).toBe(asked);
  expect(await exchangeAcme(callback)).toMatchObject({ code: 0 });
  expect(place.rows('bakery')['refresh_token'] ?? '').toBe('');
});
