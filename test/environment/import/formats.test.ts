import { describe, expect, test } from 'vitest';
import { readAdoptable, type Adoptable } from '../../../scripts/environment/import/formats';

const now = new Date('2026-11-22T10:00:00Z');
const expiry = '2026-11-22T10:20:00.000Z';
const seconds = Date.parse(expiry) / 1000;
const refreshToken = 'refresh-token-of-43-characters_0123456789AB';

function jwt(claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'RS256' })}.${part(claims)}.c2ln`;
}

const xeros = { iss: 'https://identity.xero.com', aud: 'https://identity.xero.com/resources' };
const accessToken = jwt({
  ...xeros,
  client_id: 'THE-APP',
  xero_userid: 'the-user',
  authentication_event_id: 'event-2',
});
const set = { access_token: accessToken, refresh_token: refreshToken };
const [first, second] = [
  { id: 'connection-1', authEventId: 'event-1', tenantId: 'tenant-1', tenantName: 'First Ltd' },
  { id: 'connection-2', authEventId: 'event-2', tenantId: 'tenant-2', tenantName: 'Second Ltd' },
];

function read(found: unknown, more: { from?: string; env?: Record<string, string> } = {}): Adoptable {
  const text = typeof found === 'string' ? found : JSON.stringify(found);
  const { env = {}, ...from } = more;
  return readAdoptable(text, 'found.json', { now, env, ...from });
}

function environment(rows: Record<string, unknown>, name = 'Acme'): { name: string; values: object[] } {
  const values = Object.entries(rows).map(([key, value]) => ({ key, value, type: 'text', enabled: true }));
  return { name, values };
}

describe('a token set', () => {
  const tokens = {
    client_id: 'THE-APP',
    authorised_user_id: 'the-user',
    access_token: accessToken,
    refresh_token: refreshToken,
    access_token_expires_at: expiry,
  };
  const capitals = Object.fromEntries(
    Object.entries(second ?? {}).map(([key, value]) => [
      /^(id|authEventId)$/.test(key) ? key : key.charAt(0).toUpperCase() + key.slice(1),
      value,
    ]),
  );

  test.each<[string, unknown, object]>([
    [
      'xero-node',
      {
        ...set,
        id_token: 'x',
        expires_at: seconds,
        token_type: 'Bearer',
        scope: 'openid offline_access',
        session_state: 's',
      },
      { scopes: 'openid offline_access' },
    ],
    [
      'xero-node, kept with what stands beside it',
      { tokenSet: { ...set, expires_at: seconds }, tenants: [first, second] },
      { tenant_id: 'tenant-2', tenant_name: 'Second Ltd' },
    ],
    [
      'xero-python',
      { ...set, expires_in: 1800, expires_at: seconds + 0.25, scope: ['openid', 'offline_access'] },
      { scopes: 'openid offline_access', access_token_expires_at: '2026-11-22T10:20:00.250Z' },
    ],
    [
      'xero-python, kept with its tenant',
      { token: { ...set, expires_at: seconds }, tenant_id: 'tenant-1' },
      { tenant_id: 'tenant-1' },
    ],
    [
      'xero-ruby, its times unknown',
      { id_token: 'x', ...set, expires_in: 1800, scope: 'openid' },
      { access_token_expires_at: undefined },
    ],
    ['xoauth', { ...set, id_token: 'x', token_type: 'Bearer', expires_in: 1800, expires_at: seconds }, {}],
    [
      'the .NET SDK',
      {
        Tenants: [capitals],
        AccessToken: accessToken,
        RefreshToken: refreshToken,
        IdToken: 'x',
        ExpiresAtUtc: '2026-11-22T10:20:00.0000000Z',
      },
      { tenant_id: 'tenant-2', tenant_name: 'Second Ltd' },
    ],
    [
      'the .NET SDK, without a zone',
      { AccessToken: accessToken, RefreshToken: refreshToken, ExpiresAtUtc: '2026-11-22T10:20:00' },
      {},
    ],
    ['.NET in camel case', { accessToken, refreshToken, expiresAtUtc: '2026-11-22T10:20:00Z', tenants: null }, {}],
    [
      'Laravel (webfox)',
      {
        token: accessToken,
        refresh_token: refreshToken,
        id_token: 'x',
        expires: seconds,
        tenants: [{ Id: 'tenant-9', Name: 'Ninth Ltd' }],
      },
      { tenant_id: 'tenant-9', tenant_name: 'Ninth Ltd' },
    ],
    [
      'a row of Laravel (dcblogdev)',
      [
        {
          id: 1,
          ...set,
          expires_in: 1800,
          updated_at: '2026-11-22 09:50:00',
          tenant_id: 'tenant-1',
          tenant_name: 'First Ltd',
          scopes: 'openid offline_access',
        },
      ],
      { tenant_id: 'tenant-1', tenant_name: 'First Ltd', scopes: 'openid offline_access' },
    ],
    [
      'the session of the PHP starter, as JSON',
      {
        oauth2: {
          token: accessToken,
          expires: seconds,
          tenant_id: 'tenant-1',
          refresh_token: refreshToken,
          id_token: 'x',
        },
      },
      { tenant_id: 'tenant-1' },
    ],
    [
      'Xero’s command line, in clear',
      {
        default: {
          accessToken,
          refreshToken,
          expiresAt: seconds * 1000,
          tenantId: 'tenant-1',
          tenantName: 'First Ltd',
        },
      },
      { tenant_id: 'tenant-1', tenant_name: 'First Ltd' },
    ],
    [
      'several tenants, none of this consent',
      { ...set, expires_at: String(seconds), tenants: [first, { ...first, tenantId: 'tenant-3' }] },
      {},
    ],
    [
      'a name that is no name',
      { ...set, expires_at: seconds, tenant_id: 'tenant-1', tenant_name: 'A\u001b[2J{{client_secret}}\nLtd' },
      { tenant_id: 'tenant-1', tenant_name: 'A [2J{client_secret} Ltd' },
    ],
    ['an id that is no id', { ...set, expires_at: seconds, tenant_id: '{{client_secret}}' }, {}],
  ])('of %s is read', (_, found, more) => {
    const { changes, format } = read(found);
    const { refresh_token_expires_at: over, ...rest } = changes;
    expect(format).toBe('a token set');
    expect(rest).toEqual(
      Object.fromEntries(Object.entries({ ...tokens, ...more }).filter(([, value]) => value !== undefined)),
    );
    expect(Date.parse(over ?? '')).toBeLessThanOrEqual(now.getTime() + 60 * 86_400_000);
  });

  test.each([
    [
      'a PHP session',
      `oauth2|a:5:{s:5:"token";s:${accessToken.length}:"${accessToken}";s:7:"expires";i:${seconds};s:9:"tenant_id";s:8:"tenant-1";s:13:"refresh_token";s:43:"${refreshToken}";s:8:"id_token";s:1:"x";}`,
      { tenant_id: 'tenant-1' },
    ],
    [
      'Laravel’s cache',
      `1795342000a:4:{s:5:"token";s:9:"${accessToken}";s:13:"refresh_token";s:43:"${refreshToken}";s:7:"expires";i:${seconds};s:7:"tenants";N;}`,
      {},
    ],
  ])('in %s is read', (_, text, more) => {
    expect(read(text).changes).toMatchObject({ ...tokens, ...more });
  });

  test('believes the token itself before what stands beside it', () => {
    const exp = seconds - 60;
    const token = jwt({ ...xeros, exp });
    const { access_token_expires_at: at } = read({
      access_token: token,
      refresh_token: refreshToken,
      expires_at: seconds + 9e9,
    }).changes;
    expect(at).toBe(new Date(exp * 1000).toISOString());
  });

  test.each<[string, unknown, string]>([
    [
      'another issuer',
      { ...set, access_token: jwt({ ...xeros, iss: 'https://accounts.google.com' }) },
      'another_provider',
    ],
    [
      'an issuer that is no URL',
      { ...set, access_token: jwt({ ...xeros, iss: 'accounts.google.com' }) },
      'another_provider',
    ],
    [
      'an issuer that only looks like Xero’s',
      { ...set, access_token: jwt({ iss: 'https://identity.xero.com.evil.com' }) },
      'another_provider',
    ],
    [
      'another audience',
      { ...set, access_token: jwt({ ...xeros, aud: 'https://graph.microsoft.com' }) },
      'another_provider',
    ],
    ['several audiences, none Xero’s', { ...set, access_token: jwt({ aud: ['a', 'b'] }) }, 'another_provider'],
    [
      'an identity of another issuer',
      { ...set, id_token: jwt({ iss: 'https://login.microsoftonline.com/x/v2.0' }) },
      'another_provider',
    ],
    [
      'a refresh token of another issuer',
      { ...set, refresh_token: jwt({ iss: 'https://keycloak.example/realms/x' }) },
      'another_provider',
    ],
    ['another token_url', { ...set, token_url: 'https://oauth.example/token' }, 'another_provider'],
    ['Google’s token_uri', { ...set, token_uri: 'https://oauth2.googleapis.com/token' }, 'another_provider'],
    [
      'another address beside it',
      { config: { tokenEndpoint: 'https://oauth.example/token', tokens: set } },
      'another_provider',
    ],
    [
      'an access token that is none of Xero’s',
      { access_token: 'ya29.a0AfH', refresh_token: refreshToken },
      'encrypted_tokens',
    ],
    [
      'Laravel’s encrypted tokens',
      { access_token: 'eyJpdiI6Inh4In0=', refresh_token: 'eyJpdiI6Inl5In0=' },
      'encrypted_tokens',
    ],
    [
      'Xero’s command line’s encrypted tokens',
      { default: { accessToken: 'c2VjcmV0+/==', refreshToken: 'c2Vj', expiresAt: 1, tenantId: 't' } },
      'encrypted_tokens',
    ],
    ['no refresh token', { access_token: accessToken }, 'no_refresh_token'],
    ['a text that can be no refresh token', { ...set, refresh_token: 'a b' }, 'not_a_token'],
    ['a refresh token that is a reference', { ...set, refresh_token: '{{vault:r}}' }, 'not_a_token'],
    ['an access token in the place of the other', { ...set, refresh_token: accessToken }, 'no_refresh_token'],
  ])('with %s is refused', (_, found, code) => {
    expect(() => read(found)).toThrow(expect.objectContaining({ kind: 'invalid', code }));
  });

  test('of a provider that is named in EVERGRANT_HOSTS is taken', () => {
    const token = jwt({ ...xeros, iss: 'https://mock.example' });
    const env = { EVERGRANT_HOSTS: 'mock.example' };
    const found = { ...set, access_token: token, token_url: 'https://mock.example/token' };
    expect(() => read(found)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('EVERGRANT_HOSTS=mock.example') }),
    );
    expect(read(found, { env }).changes.access_token).toBe(token);
  });
});

describe('a refresh token alone', () => {
  test.each([refreshToken, `  ${refreshToken}\r\n`, `"${refreshToken}"\n`, `\uFEFF${refreshToken}`])(
    'is taken: %j',
    (text) => {
      expect(read(text)).toMatchObject({
        format: 'a refresh token',
        appType: undefined,
        changes: { refresh_token: refreshToken, access_token: '' },
      });
    },
  );

  test.each([
    'short',
    '{{vault:xero-refresh-token}}',
    `${refreshToken} ${refreshToken}`,
    `${refreshToken}\n${refreshToken}`,
    '[[[[['.repeat(50),
    '['.repeat(200_000) + ']'.repeat(200_000),
  ])('is refused: %j', (text) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'nothing_to_adopt' }));
  });

  test('is refused for its length: one is taken up to 16 KB', () => {
    expect(read('x'.repeat(16_384)).changes).toMatchObject({ refresh_token: 'x'.repeat(16_384) });
    const tooLong = expect.objectContaining({
      code: 'not_a_token',
      message: expect.stringContaining('more than 16384'),
    });
    expect(() => read('x'.repeat(16_385))).toThrow(tooLong);
    expect(() => read(JSON.stringify({ refresh_token: 'x'.repeat(16_385) }))).toThrow(tooLong);
  });

  test('is no access token', () => {
    expect(() => read(accessToken)).toThrow(expect.objectContaining({ code: 'no_refresh_token' }));
  });
});

describe('a Postman environment', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['a secret', { client_id: 'x', client_secret: 's' }, 'web'],
    ['a blank row for the secret, which is kept elsewhere', { client_id: 'x', client_secret: '' }, 'web'],
    ['a reference for the secret', { client_id: 'x', client_secret: '{{vault:xero}}' }, 'web'],
    ['no row for a secret', { client_id: 'x' }, 'pkce'],
    ['neither', {}, 'web'],
    ['a type that is said, whatever else it has', { client_id: 'x', client_secret: '', app_type: 'pkce' }, 'pkce'],
    ['an unknown type', { client_id: 'x', client_secret: '', app_type: 'Web' }, 'web'],
  ])('with %s is read', (_, rows, appType) => {
    expect(read(environment({ refresh_token: 'r', ...rows })).appType).toBe(appType);
  });

  test('counts a reference as blank', () => {
    const rows = {
      refresh_token: 'r',
      client_id: '{{id}}',
      client_secret: '{{vault:xero}}',
      scopes: 'a {{b}}',
      tenant_id: 't',
    };
    expect(read(environment(rows)).changes).toEqual({ refresh_token: 'r', tenant_id: 't' });
  });

  test('is read as its older versions wrote it', () => {
    const values = [
      { key: 'refresh_token', value: 'old', enabled: false },
      { key: 'refresh_token', value: 'initial', sessionValue: 'current', sessionIndex: 3 },
      { key: 'client_id ', value: 'x', disabled: false },
      { key: 'client_secret', value: null },
      { key: 'generation', value: 7 },
      { key: 'access_token', value: 'off', disabled: true },
      { key: 'my_flag', value: true },
    ];
    expect(read({ values })).toMatchObject({
      appType: 'web',
      generation: 7,
      changes: { refresh_token: 'current', client_id: 'x', generation: '7' },
    });
  });

  test('leaves addresses of unknown hosts out, and says which', () => {
    const rows = {
      refresh_token: 'r',
      token_url: 'https://identity.xero.com/connect/token',
      api_url: 'https://evil.example/x',
      authorize_url: 'https://login.xero.com@evil.example/',
    };
    const { changes, strangers } = read(environment(rows));
    expect([changes, strangers]).toEqual([
      { refresh_token: 'r', token_url: rows.token_url },
      ['api_url', 'authorize_url'],
    ]);
  });

  test('of another provider is refused', () => {
    const rows = { refresh_token: 'r', token_url: 'https://oauth.example/token' };
    expect(() => read(environment(rows))).toThrow(
      expect.objectContaining({
        code: 'another_provider',
        message: "the tokens in found.json are not Xero's, but of oauth.example",
      }),
    );
  });

  test.each<[string, object[], string, RegExp]>([
    [
      'a blank row',
      [{ key: 'refresh_token', value: '' }],
      'no_refresh_token',
      /has no refresh token: Postman exports initial \(shared\) values only/,
    ],
    ['no row', [{ key: 'client_id', value: 'x' }], 'no_refresh_token', /has no refresh token: Postman exports initial/],
    [
      'an unticked row',
      [{ key: 'refresh_token', value: 'r', enabled: false }],
      'switched_off',
      /refresh_token is switched off in Postman/,
    ],
    [
      'a disabled row',
      [{ key: 'refresh_token', value: 'r', disabled: true }],
      'switched_off',
      /refresh_token is switched off in Postman/,
    ],
    ['a reference', [{ key: 'refresh_token', value: '{{vault:r}}' }], 'postman_reference', /is a Postman reference/],
    [
      'a vault',
      [{ key: 'refresh_token', source: { provider: 'postman' } }],
      'in_a_vault',
      /of x in found\.json is in a vault/,
    ],
  ])('with %s for the refresh token says where it is', (_, values, code, message) => {
    const failure = expect.objectContaining({ kind: 'invalid', code, message: expect.stringMatching(message) });
    expect(() => read({ name: 'x', values })).toThrow(failure);
    expect(() => read({ name: 'x', values })).toThrow(
      expect.objectContaining({ hint: expect.not.stringMatching(/persist/i) }),
    );
  });

  test('without tokens points at Hand over', () => {
    expect(() => read(environment({ refresh_token: '' }))).toThrow(
      expect.objectContaining({
        hint: 'send Hand over in Postman, copy the text on its page, and paste it into: npx evergrant adopt NAME -',
      }),
    );
  });

  test('of a custom connection needs no refresh token', () => {
    const rows = { app_type: 'custom_connection', client_id: 'x', client_secret: 's' };
    expect(read(environment(rows)).appType).toBe('custom_connection');
  });
});

describe('an environment of Postman’s format v3', () => {
  const yaml = (more = ''): string =>
    [
      'name: Acme Pty Ltd',
      'values:',
      '  - { key: client_id, value: 00000000000000000000000000001e10, enabled: true, type: default }',
      `  - { key: refresh_token, value: '${refreshToken}', type: secret }`,
      '  - { key: tenant_id, value: tenant-2, enabled: false, type: default }',
      `${more}color: null`,
    ].join('\n');

  test('has the same rows, switched on and off, and ids stay texts', () => {
    expect(read(yaml())).toMatchObject({
      name: 'Acme Pty Ltd',
      format: 'a Postman environment',
      changes: { client_id: '00000000000000000000000000001e10', refresh_token: refreshToken },
      vaulted: [],
    });
    expect(read(yaml()).changes).not.toHaveProperty('tenant_id');
  });

  test('names the rows whose values are in a vault', () => {
    const source = 'source: { provider: postman, postman: { type: cloud, secretId: s, vaultId: v } }';
    const rows = `  - { key: client_secret, enabled: true, type: secret, secret: true, ${source} }\n`;
    const { appType, changes, vaulted } = read(yaml(rows));
    expect({ appType, vaulted }).toEqual({ appType: 'web', vaulted: ['client_secret'] });
    expect(changes).not.toHaveProperty('client_secret');
  });

  test.each([
    ['that is broken', yaml().replace('}', '')],
    ['whose rows are none', 'values: none'],
  ])('%s is nothing to adopt', (_, text) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'nothing_to_adopt' }));
  });
});

describe('Postman’s data dump', () => {
  const globals = [{ key: 'refresh_token', value: 'of nobody', enabled: true }];
  const dumpOf = (...environments: object[]): object => ({
    version: 1,
    collections: [{ id: 'c' }],
    environments,
    headerPresets: [],
    globals,
  });

  test('with one environment that has a refresh token gives that one', () => {
    const found = read(
      dumpOf(environment({ refresh_token: '' }, 'Empty'), environment({ refresh_token: 'r' }, 'Acme Pty Ltd')),
    );
    expect(found).toMatchObject({ name: 'Acme Pty Ltd', changes: { refresh_token: 'r' } });
  });

  test('with several names them, and gives the one that is asked for', () => {
    const two = dumpOf(
      environment({ refresh_token: 'a' }, 'Acme Pty Ltd'),
      environment({ refresh_token: 'b' }, 'Birch'),
    );
    expect(() => read(two)).toThrow(
      expect.objectContaining({
        code: 'which_connection',
        message: "found.json holds several: 'Acme Pty Ltd', Birch",
        hint: "say which with --from, as in --from 'Acme Pty Ltd'",
      }),
    );
    expect(read(two, { from: 'birch' })).toMatchObject({ changes: { refresh_token: 'b' } });
    expect(() => read(two, { from: 'cedar' })).toThrow(expect.objectContaining({ code: 'which_connection' }));
  });

  test('without a refresh token names them all, and says where it is', () => {
    const two = dumpOf(environment({ refresh_token: '' }, 'Acme'), environment({ refresh_token: '' }, 'Birch'));
    expect(() => read(two)).toThrow(
      expect.objectContaining({
        code: 'no_refresh_token',
        message: expect.stringMatching(/^Acme, Birch in found\.json has no refresh token: Postman exports/),
      }),
    );
  });

  test('without environments holds nothing', () => {
    expect(() => read(dumpOf())).toThrow(expect.objectContaining({ code: 'nothing_to_adopt' }));
  });

  test('names the profiles of other programs in the same way', () => {
    const profiles = {
      default: { accessToken, refreshToken },
      second: { accessToken, refreshToken: `${refreshToken}2` },
    };
    expect(() => read(profiles)).toThrow(
      expect.objectContaining({ message: 'found.json holds several: default, second' }),
    );
    expect(read(profiles, { from: 'second' }).changes.refresh_token).toBe(`${refreshToken}2`);
  });
});

test('tokens that Postman has set aside of another consent are not taken over', () => {
  const aside = { pending_access_token: 'an-access-token', pending_refresh_token: 'a-refresh-token' };
  const { changes } = read(environment({ ...set, ...aside }));
  expect(Object.keys(changes).filter((key) => key.startsWith('pending'))).toEqual([]);
  expect(changes).toMatchObject(set);
});
