import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stateOf } from '../support/states';
import { jwt } from './support/jwt';
import { linkState } from './support/link-state';
import {
  appSecret,
  canary,
  environment,
  expectRefusals,
  send,
  type AppType,
  type Refusal,
  type Settings,
} from './support/send';
import { startServer, type Answer, type Server } from './support/server';

const code = `${canary}code+/=`;
const pkceState = `${canary}state`;
const tokens = {
  access_token: `${canary}access`,
  refresh_token: `${canary}new`,
  expires_in: 1800,
  token_type: 'Bearer',
};
/** Texts that are no code, and that Postman or Newman would make something of. */
const hostileCodes = [
  '{{client_secret}}',
  '{{code}}{{code}}{{code}}',
  '{{$guid}}',
  'a{b',
  'a}b',
  'ü',
  'line\nbreak',
  'a\u0000b',
  'x'.repeat(2049),
];
let server: Server;

beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

function oldState(ageInDays: number): string {
  return stateOf('acme', Math.floor(Date.now() / 1000 - ageInDays * 86_400), 'nonce', appSecret);
}

function callback(state = linkState(), parameters = `code=${encodeURIComponent(code)}`): string {
  return `http://localhost:8080/callback?${parameters}&scope=openid%20email&state=${state}&session_state=x`;
}

function exchange(appType: AppType, settings: Settings) {
  return send('Exchange code', environment(appType, server.url, { refresh_token: `${canary}old`, ...settings }));
}

function pkceSettings(settings: Settings = {}): Settings {
  const requestedAt = new Date(Date.now() - 86_400_000).toISOString();
  const kept = { consent_state: pkceState, consent_requested_at: requestedAt, code_verifier: `${canary}verifier` };
  return { ...kept, callback_url: callback(pkceState), ...settings };
}

describe('Exchange code', () => {
  test('exchanges the code of a web app and keeps the tokens', async () => {
    server.answer({ status: 200, body: tokens });
    const { changed, failures } = await exchange('web', { callback_url: callback(), generation: '4' });
    expect(failures).toEqual([]);
    expect(server.asked[0]).toMatchObject({
      method: 'POST',
      url: '/connect/token',
      headers: { authorization: `Basic ${btoa(`the id:${appSecret}`)}` },
      body: `grant_type=authorization_code&code=${encodeURIComponent(code)}&redirect_uri=${encodeURIComponent('http://localhost:8080/callback')}`,
    });
    expect(changed).toEqual({
      access_token: tokens.access_token,
      refresh_token: tokens.refresh_token,
      access_token_expires_at: expect.any(String),
      refresh_token_expires_at: expect.any(String),
      generation: '5',
      grant_status: 'connected',
      connected_at: expect.stringMatching(/^\d{4}-.*Z$/),
      callback_url: '',
    });
  });

  test('proves a pkce app with its verifier, and drops the verifier', async () => {
    server.answer({ status: 200, body: tokens });
    const { changed, failures } = await exchange('pkce', pkceSettings());
    expect(failures).toEqual([]);
    expect(server.asked[0]?.headers.authorization).toBeUndefined();
    expect(Object.fromEntries(new URLSearchParams(server.asked[0]?.body))).toEqual({
      grant_type: 'authorization_code',
      code,
      redirect_uri: 'http://localhost:8080/callback',
      code_verifier: `${canary}verifier`,
      client_id: 'the id',
    });
    expect(changed).toMatchObject({ refresh_token: tokens.refresh_token, code_verifier: '', callback_url: '' });
  });

  test('keeps an access token that came without a refresh token, and says what is missing', async () => {
    server.answer({ status: 200, body: { ...tokens, refresh_token: undefined } });
    const { changed, failures } = await exchange('web', { callback_url: callback() });
    expect(failures).toEqual([expect.stringContaining('add offline_access to scopes')]);
    expect(changed.access_token).toBe(tokens.access_token);
    expect(changed.refresh_token).toBeUndefined();
  });

  test("accepts a link of this environment's own under another name", async () => {
    server.answer({ status: 200, body: tokens });
    const state = linkState({ name: 'acme-before-it-was-renamed' });
    const { failures } = await exchange('web', { callback_url: callback(state), consent_state: state });
    expect(failures).toEqual([]);
  });

  test('changes nothing and says what to do after any other answer', async () => {
    const refused = (error: string) => ({ status: 400, body: { error } });
    server.answer(
      refused('invalid_grant'),
      refused('invalid_client'),
      { status: 200, body: '<html>' },
      { status: 500 },
    );
    await expectRefusals('Exchange code', server.url, pkceSettings(), [
      ['invalid_grant', 'pkce', {}, 'the code was used already'],
      ['invalid_client', 'pkce', {}, 'Xero does not know this client_id'],
      ['an HTML page', 'pkce', {}, 'Xero is not answering properly'],
      ['a server error', 'pkce', {}, 'Xero is not answering properly'],
    ]);
    expect(server.asked).toHaveLength(4);
  });

  test('is not sent with a callback that cannot be accepted', async () => {
    server.answer({ status: 200, body: tokens });
    const cases: Refusal[] = [
      ['no callback', 'web', { callback_url: ' ' }, 'callback_url is empty'],
      ['no URL', 'web', { callback_url: code }, 'callback_url holds no address'],
      ['Cancel', 'web', { callback_url: callback(linkState(), 'error=access_denied') }, 'the customer pressed Cancel'],
      [
        'a limit of Xero’s',
        'web',
        {
          callback_url: callback(linkState(), 'error=access_denied&error_description=needs+to+complete+certification'),
        },
        'Xero connects no further organisation to this app',
      ],
      ['another error', 'web', { callback_url: callback(linkState(), `error=${canary}`) }, 'with an error instead'],
      ['no code', 'web', { callback_url: callback(linkState(), 'code=') }, 'callback_url holds no code'],
      ['no state', 'web', { callback_url: callback('') }, 'callback_url holds no state'],
      ['broken encoding', 'web', { callback_url: callback('%E0%A4%A') }, 'does not come from a link'],
      [
        'a state of another secret',
        'web',
        { callback_url: callback(linkState({ secret: 'the secret of another app' })) },
        'does not come from a link',
      ],
      ['a forged state', 'web', { callback_url: callback(`${linkState()}x`) }, 'does not come from a link'],
      [
        'a state of another version',
        'web',
        { callback_url: callback(linkState().replace('eg2', 'eg3')) },
        'does not come from a link',
      ],
      [
        'a state of another environment',
        'web',
        { callback_url: callback(linkState({ name: 'other' })) },
        'belongs to another environment',
      ],
      ...[14 + 1 / 1440, -11 / 1440].map((ageInDays): Refusal => [
        `a state that is ${ageInDays} days old`,
        'web',
        { callback_url: callback(linkState({ ageInDays })) },
        'the link of callback_url is too old',
      ]),
      [
        'a link for longer than any can be',
        'web',
        { callback_url: callback(linkState({ ageInDays: 61, days: 90 })) },
        'is too old',
      ],
      ['an old form that is too old', 'web', { callback_url: callback(oldState(14 + 1 / 1440)) }, 'is too old'],
      [
        'the old form under the new name',
        'web',
        { callback_url: callback(oldState(1).replace('eg1', 'eg2')) },
        'does not come from a link',
      ],
      [
        'a state for another redirect_uri',
        'web',
        { callback_url: callback(linkState({ redirectUri: 'https://example.com/' })) },
        'does not come from a link',
      ],
      ['a state for another app', 'web', { client_id: 'another id', callback_url: callback() }, 'does not come from'],
      [
        'a state under a short secret',
        'web',
        { client_secret: 'fifteen letters', callback_url: callback(linkState({ secret: 'fifteen letters' })) },
        'client_secret is shorter than 16 characters',
      ],
      ...hostileCodes.map((hostile): Refusal => [
        `the code ${hostile.slice(0, 40)}`,
        'web',
        { callback_url: callback(linkState(), `code=${encodeURIComponent(hostile)}`) },
        "holds a code or a state that is none of Xero's",
      ]),
      ['a code in plain braces', 'web', { callback_url: callback(linkState(), 'code={{client_secret}}') }, 'in {{ }}'],
      [
        'a state in braces',
        'pkce',
        pkceSettings({ consent_state: '{{client_id}}', callback_url: callback('%7B%7Bclient_id%7D%7D') }),
        "holds a code or a state that is none of Xero's",
      ],
      [
        'a state of another environment with another secret',
        'web',
        { callback_url: callback(linkState({ name: 'other', secret: 'the secret of another app' })) },
        'does not come from a link',
      ],
      ['another pkce state', 'pkce', pkceSettings({ consent_state: 'other' }), 'answers another link than the newest'],
      ['no pkce state kept', 'pkce', pkceSettings({ consent_state: '' }), 'does not come from a link'],
      ['an old pkce state', 'pkce', pkceSettings({ consent_requested_at: '2020-01-01T00:00:00.000Z' }), 'is too old'],
      ['no date of the link', 'pkce', pkceSettings({ consent_requested_at: '' }), 'is too old'],
      ['no verifier', 'pkce', pkceSettings({ code_verifier: '' }), 'code_verifier is empty'],
      ['a custom connection', 'custom_connection', {}, 'app_type is custom_connection'],
    ];
    await expectRefusals('Exchange code', server.url, {}, cases);
    expect(server.asked).toEqual([]);
  });

  test.each([[14 - 1 / 1440], [-9 / 1440]])('accepts a state that is %d days old', async (ageInDays) => {
    server.answer({ status: 200, body: tokens });
    const { failures } = await exchange('web', { callback_url: callback(linkState({ ageInDays })) });
    expect(failures).toEqual([]);
  });

  test('accepts a link for as long as the link itself says', async () => {
    server.answer({ status: 200, body: tokens });
    const state = linkState({ ageInDays: 59, days: 60 });
    expect((await exchange('web', { callback_url: callback(state) })).failures).toEqual([]);
  });

  test('accepts the kept link of a pkce app for as long as it says', async () => {
    server.answer({ status: 200, body: tokens });
    const made = Math.floor(Date.now() / 1000) - 59 * 86_400;
    const claims = { n: 'acme', t: made, u: made + 60 * 86_400, r: 'nonce' };
    const state = `egp1.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
    const settings = pkceSettings({ consent_state: state, callback_url: callback(state) });
    expect((await exchange('pkce', settings)).failures).toEqual([]);
  });

  test('accepts a link of the old form, and says so', async () => {
    server.answer({ status: 200, body: tokens });
    const { failures, skipped, pages } = await exchange('web', { callback_url: callback(oldState(1)) });
    expect(failures).toEqual([]);
    expect(skipped).toContain('the link has the form of older versions: get the newest collection');
    expect(pages.join()).toContain('the link was made by an older version');
  });
});

describe('Exchange code, where an organisation is held,', () => {
  const connectedAt = new Date(Date.now() - 12 * 3600_000).toISOString();
  const held = {
    access_token: `${canary}held`,
    refresh_token: `${canary}old`,
    access_token_expires_at: '2026-11-22T10:00:00.000Z',
    refresh_token_expires_at: '2026-11-22T10:00:00.000Z',
    tenant_id: 'one',
    tenant_name: 'Birch Books',
    authorised_user_id: 'user-1',
    connected_at: connectedAt,
    generation: '4',
    grant_status: 'connected',
  };
  const [older, newer] = [{ ageInDays: 1 }, { ageInDays: 0.25 }];
  const access = (user: string): string => jwt({ authentication_event_id: 'event-2', xero_userid: user });

  function answers(tenantId: string, tenantName: string, user = 'user-1', more: object = {}): Answer[] {
    const connection = { id: 'an-id', tenantId, tenantName, authEventId: 'event-2', updatedDateUtc: '2026-11-01' };
    const other = {
      ...connection,
      tenantId: 'zero',
      tenantName: 'Newest',
      authEventId: 'x',
      updatedDateUtc: '2099-01',
    };
    return [
      { status: 200, body: { ...tokens, access_token: access(user), ...more } },
      { status: 200, body: [other, connection] },
    ];
  }

  /** What a refusal puts aside, and all that it changes. */
  const aside = (user: string, tenantId: string): Settings => ({
    callback_url: '',
    pending_access_token: access(user),
    pending_refresh_token: tokens.refresh_token,
    ...(tenantId === '' ? {} : { pending_tenant_id: tenantId }),
  });

  test.each<[string, Settings, Parameters<typeof linkState>[0], Answer[], string, Settings]>([
    [
      'another organisation',
      {},
      newer,
      answers('two', 'Maple Bakery'),
      'the customer chose Maple Bakery, and this environment holds Birch Books',
      aside('user-1', 'two'),
    ],
    [
      'an organisation of the same name',
      {},
      newer,
      answers('two', 'Birch Books'),
      'the customer chose Birch Books, and this environment holds Birch Books',
      aside('user-1', 'two'),
    ],
    [
      'another organisation than the one expected, which the link may replace',
      { expected_tenant: 'three' },
      { ...newer, mayReplace: true },
      answers('two', 'Maple Bakery'),
      'the customer chose Maple Bakery, and expected_tenant asks for another organisation',
      aside('user-1', 'two'),
    ],
    [
      'the one held where another is expected',
      { expected_tenant: 'three' },
      newer,
      answers('one', 'Birch Books'),
      'the customer chose Birch Books, and expected_tenant',
      aside('user-1', 'one'),
    ],
    [
      'another person with a used link',
      {},
      older,
      answers('one', 'Birch Books', 'user-2'),
      'the link was used before, and brings Birch Books',
      aside('user-2', 'one'),
    ],
    [
      'another organisation with a used link that may replace',
      {},
      { ...older, mayReplace: true },
      answers('two', 'Maple Bakery'),
      'the link was used before, and brings Maple Bakery',
      aside('user-1', 'two'),
    ],
    [
      'another organisation with a used link, after the consent has ended',
      { grant_status: 'consent_needed' },
      older,
      answers('two', 'Maple Bakery'),
      'the link was used before',
      aside('user-1', 'two'),
    ],
    [
      'an organisation with a used link, after the one held was removed',
      { tenant_id: '', tenant_name: '' },
      older,
      answers('two', 'Maple Bakery'),
      'the link was used before',
      aside('user-1', 'two'),
    ],
    [
      'no refresh token for another organisation',
      {},
      { ...newer, mayReplace: true },
      answers('two', 'Maple Bakery', 'user-1', { refresh_token: undefined }),
      'no refresh token came for Maple Bakery',
      { callback_url: '', pending_access_token: access('user-1'), pending_tenant_id: 'two' },
    ],
    [
      'an organisation that cannot be looked up',
      {},
      newer,
      [...answers('two', 'Maple Bakery').slice(0, 1), { status: 503, body: '' }],
      'Xero did not say which organisation was chosen',
      aside('user-1', ''),
    ],
    [
      'an organisation that nothing in the list shows',
      {},
      newer,
      [
        ...answers('two', 'Maple Bakery').slice(0, 1),
        { status: 200, body: [{ id: 'x', tenantId: 'three', authEventId: 'x', updatedDateUtc: '2099-01-01' }] },
      ],
      'Xero did not say which organisation was chosen',
      aside('user-1', ''),
    ],
    [
      'an organisation that cannot be looked up, where one is expected',
      { tenant_id: '', tenant_name: '', connected_at: '', expected_tenant: 'two', grant_status: 'never_connected' },
      newer,
      [...answers('two', 'Maple Bakery').slice(0, 1), 'gone'],
      'Xero did not say which organisation was chosen',
      aside('user-1', ''),
    ],
  ])('puts aside the tokens of %s, and leaves those held', async (_name, rows, details, given, said, changes) => {
    server.answer(...given);
    const { changed, failures, pages } = await exchange('web', {
      ...held,
      ...rows,
      callback_url: callback(linkState(details)),
    });
    expect(failures.join()).toContain(said);
    expect(changed).toEqual(changes);
    expect(pages.join()).toContain('The new tokens lie in pending_access_token');
  });

  test.each<[string, Settings, Parameters<typeof linkState>[0], Answer[], Settings]>([
    ['the same again', {}, newer, answers('one', 'Birch Books'), {}],
    ['the same again with a used link', {}, older, answers('one', 'Birch Books'), {}],
    [
      'the one held of two that were chosen',
      {},
      newer,
      [
        ...answers('one', 'Birch Books').slice(0, 1),
        {
          status: 200,
          body: [
            { id: 'a', tenantId: 'two', tenantName: 'B', authEventId: 'event-2', updatedDateUtc: '2026-11-02' },
            {
              id: 'b',
              tenantId: 'one',
              tenantName: 'Birch Books',
              authEventId: 'event-2',
              updatedDateUtc: '2026-11-01',
            },
          ],
        },
      ],
      {},
    ],
    [
      'the same of another person',
      {},
      newer,
      answers('one', 'Birch Books', 'user-2'),
      { authorised_user_id: 'user-2', access_token: access('user-2') },
    ],
    [
      'another that the link may replace it with',
      {},
      { ...newer, mayReplace: true },
      answers('two', 'Maple Bakery'),
      { tenant_id: 'two', tenant_name: 'Maple Bakery' },
    ],
    [
      'another after the consent has ended',
      { grant_status: 'consent_needed' },
      newer,
      answers('two', 'Maple Bakery'),
      { tenant_id: 'two', tenant_name: 'Maple Bakery', grant_status: 'connected' },
    ],
    ['the one expected', { expected_tenant: 'one' }, newer, answers('one', 'Birch Books'), {}],
  ])('takes %s', async (_name, rows, details, given, others) => {
    server.answer(...given);
    const { changed, failures } = await exchange('web', {
      ...held,
      ...rows,
      callback_url: callback(linkState(details)),
    });
    expect(failures).toEqual([]);
    const { connected_at: at = '', ...rest } = changed;
    expect(Date.parse(at)).toBeGreaterThan(Date.parse(connectedAt));
    expect(rest).toEqual({
      access_token: access('user-1'),
      refresh_token: tokens.refresh_token,
      access_token_expires_at: expect.any(String),
      refresh_token_expires_at: expect.any(String),
      generation: '5',
      callback_url: '',
      ...others,
    });
  });

  test('names both where the organisation has changed', async () => {
    server.answer(...answers('two', 'Maple Bakery'));
    const state = linkState({ ...newer, mayReplace: true });
    const { pages } = await exchange('web', { ...held, callback_url: callback(state) });
    expect(pages.join()).toMatch(/Maple Bakery is connected[^]*connected to Birch Books before/);
  });

  test('keeps no organisation of a consent that has ended beside tokens of one that is not known', async () => {
    server.answer(...answers('two', 'Maple Bakery').slice(0, 1), { status: 503, body: '' });
    const rows = { ...held, grant_status: 'consent_needed', callback_url: callback(linkState(newer)) };
    const { changed, failures } = await exchange('web', rows);
    expect(failures).toEqual([]);
    expect(changed).toMatchObject({ refresh_token: tokens.refresh_token, tenant_id: '', tenant_name: '' });
  });
});

describe('a bad token', () => {
  const hostile = [
    '{{client_secret}}',
    `${canary}{`,
    `${canary}"`,
    `two words`,
    `${canary}\u0007`,
    'ü',
    'x'.repeat(16_385),
  ];

  test.each(hostile.flatMap((text) => ['access_token', 'refresh_token'].map((key) => [key, text.slice(0, 20), text])))(
    'as %s is not stored: %j',
    async (key, _name, text) => {
      server.answer({ status: 200, body: { ...tokens, [key]: text } });
      const { changed, failures } = await exchange('web', { callback_url: callback() });
      expect(failures.join()).toContain('no token can hold what is in this answer, nothing of it is stored');
      expect(changed).toEqual({});
      expect(server.asked).toHaveLength(1);
    },
  );
});
