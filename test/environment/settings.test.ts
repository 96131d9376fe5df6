import { describe, expect, test } from 'vitest';
import type { ContractKey } from '../../scripts/environment/environment';
import { credentialKeys, requireSettings, settingsOf } from '../../scripts/environment/settings';
import { environmentOf, settingsFor, webApp, type Rows } from '../support/environments';

const env = {
  XERO_CLIENT_ID: 'outer-client',
  XERO_CLIENT_SECRET: 'outer-secret',
  XERO_REDIRECT_URI: 'https://outer.example/callback',
  XERO_SCOPES: 'outer.scope',
  XERO_TOKEN_URL: 'https://evil.example',
};

describe('a setting', () => {
  test.each<[string, Rows, Record<string, string | undefined>, ContractKey, string]>([
    ["is the file's", { client_id: 'mine' }, env, 'client_id', 'mine'],
    ['loses the white space around it', { client_id: '  mine\n' }, env, 'client_id', 'mine'],
    ['comes from outside when the file has none', {}, env, 'client_id', 'outer-client'],
    ['comes from outside when it is blank', { client_secret: '' }, env, 'client_secret', 'outer-secret'],
    ['comes from outside when it is white space', { scopes: ' \t' }, env, 'scopes', 'outer.scope'],
    ['from outside loses the white space around it', {}, { XERO_SCOPES: ' a b ' }, 'scopes', 'a b'],
    ['is blank when it is white space everywhere', {}, { XERO_SCOPES: '  ' }, 'scopes', ''],
    ['is blank when it is blank everywhere', {}, {}, 'redirect_uri', ''],
    ['is blank when outside it is undefined', {}, { XERO_CLIENT_ID: undefined }, 'client_id', ''],
    ['never comes from outside if it is none of the four', {}, env, 'token_url', ''],
  ])('%s', (_, rows, given, key, value) => {
    expect(settingsFor({ app_type: 'web', ...rows }, given).value(key)).toBe(value);
  });

  test('that is switched off in Postman comes from outside', () => {
    const { variables, ...environment } = environmentOf({ app_type: 'web', client_id: 'mine' });
    const off = variables.map((one) => ({ ...one, enabled: one.key === 'app_type' }));
    expect(settingsOf({ ...environment, variables: off }, env, 'f').value('client_id')).toBe('outer-client');
  });

  test('taken from outside is known as such, and no other', () => {
    const { fromOutside } = settingsFor({ app_type: 'web', client_id: 'mine', scopes: '' }, env);
    expect(fromOutside).toEqual({
      client_secret: 'outer-secret',
      redirect_uri: 'https://outer.example/callback',
      scopes: 'outer.scope',
    });
  });

  test('of a PKCE app is never a secret from outside', () => {
    expect(settingsFor({ app_type: 'pkce' }, env).value('client_secret')).toBe('');
  });
});

describe('the type of an app', () => {
  test.each(['web', 'pkce', 'custom_connection'] as const)('may be %s', (app_type) => {
    expect(settingsFor({ app_type }).appType).toBe(app_type);
  });

  test.each(['', 'Web', 'mobile'])('may not be "%s"', (app_type) => {
    expect(() => settingsFor({ app_type })).toThrow(
      expect.objectContaining({
        kind: 'invalid',
        code: 'bad_app_type',
        message: 'app_type in acme.json is none of web, pkce, custom_connection',
      }),
    );
  });

  test.each([
    ['web', ['client_id', 'client_secret']],
    ['custom_connection', ['client_id', 'client_secret']],
    ['pkce', ['client_id']],
  ] as const)('%s authenticates with %s', (appType, keys) => {
    expect(credentialKeys(appType)).toEqual(keys);
  });
});

describe('a setting that a request needs', () => {
  test.each([
    [
      'client_secret',
      'fill in client_secret in acme.json: npx evergrant set acme --secret-from FILE, or set XERO_CLIENT_SECRET in .env',
    ],
    [
      'redirect_uri',
      'fill in redirect_uri in acme.json: npx evergrant set acme redirect_uri=VALUE, or set XERO_REDIRECT_URI in .env',
    ],
    ['token_url', 'fill in token_url in acme.json: npx evergrant set acme token_url=VALUE'],
  ] as const)('is named when it is missing: %s', (key, hint) => {
    const settings = settingsFor({ ...webApp, [key]: ' ' });
    expect(() => requireSettings(settings, ['client_id', key], 'acme.json')).toThrow(
      expect.objectContaining({
        kind: 'invalid',
        code: 'missing_key',
        message: `${key} is missing in acme.json`,
        hint,
      }),
    );
  });

  test.each([
    'https://identity.xero.com/connect/token',
    'https://10.0.0.1/token',
    'http://localhost:4000/token',
    'http://LOCALHOST/token',
    'http://127.0.0.1:4000/token',
    'http://127.1/token',
    'http://[::1]:4000/token',
  ])('may be the URL %s', (token_url) => {
    expect(() => requireSettings(settingsFor({ ...webApp, token_url }), ['token_url'], 'f')).not.toThrow();
  });

  test.each([
    'http://identity.xero.com/connect/token',
    'http://localhost.evil.com/token',
    'http://evil.com/localhost',
    'http://localhost@evil.com/token',
    'http://127.0.0.1.evil.com/token',
    'http://10.0.0.1/token',
    'http://0.0.0.0/token',
    'http://[::ffff:10.0.0.1]/token',
    'https://user:pass@identity.xero.com/token',
    'https://user@identity.xero.com/token',
    'http://user:pass@localhost/token',
    'javascript:alert(1)',
    'data:text/plain,x',
    'file:///etc/passwd',
    'ftp://localhost/token',
    '//identity.xero.com/token',
    'identity.xero.com/connect/token',
    'https://',
    'http://localhost\\@evil.com/token',
    'https://identity.xero.com\\@evil.com/token',
    'https://identity.xero.com/a token',
  ])('may not be the URL %s', (token_url) => {
    const settings = settingsFor({ ...webApp, token_url });
    expect(() => requireSettings(settings, ['client_id', 'token_url'], 'acme.json')).toThrow(
      expect.objectContaining({
        kind: 'invalid',
        code: 'bad_url',
        message: 'token_url in acme.json is not an https URL (http only on localhost)',
      }),
    );
  });
});
