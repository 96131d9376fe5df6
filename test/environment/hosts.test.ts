import { describe, expect, test } from 'vitest';
import { isKnownHost } from '../../scripts/environment/hosts';
import { requireSettings } from '../../scripts/environment/settings';
import { settingsFor, webApp, type Rows } from '../support/environments';

const xeros: Rows = {
  app_type: 'web',
  authorize_url: 'https://login.xero.com/identity/connect/authorize',
  token_url: 'https://identity.xero.com/connect/token',
  revocation_url: 'https://identity.xero.com/connect/revocation',
  connections_url: 'https://api.xero.com/connections',
  api_url: 'https://api.xero.com/api.xro/2.0',
  client_id: 'own-id',
  redirect_uri: 'https://app.example/callback',
  scopes: 'offline_access',
};
const env = { XERO_CLIENT_SECRET: 'outer-secret' };

describe('a host', () => {
  test.each([
    'https://identity.xero.com/connect/token',
    'https://LOGIN.Xero.COM/identity/connect/authorize',
    'HTTPS://api.xero.com',
    'https://api.xero.com:443/connections',
    'https://api.xero.com?x=1',
    'http://localhost:4000/token',
    'https://localhost/token',
    'http://127.0.0.1:4000/token',
    'http://[::1]:4000/token',
  ])('that is Xero’s or this machine’s is known: %s', (url) => {
    expect(isKnownHost(url, {})).toBe(true);
  });

  test.each([
    'https://evil.example/token',
    'http://identity.xero.com/connect/token',
    'https://xero.com/token',
    'https://www.xero.com/token',
    'https://evil.identity.xero.com/token',
    'https://identity.xero.com.evil.com/token',
    'https://identity.xero.com.',
    'https://identity.xero.com./token',
    'https://identity.xero.com:8443/token',
    'https://identity.xero.com@evil.com/token',
    'https://user@identity.xero.com/token',
    'https://identity.xero.com:pass@evil.com/token',
    'https://identity.xero.com%40evil.com/token',
    'https://evil.com\\@identity.xero.com/token',
    'https://identity.xero.com\\@evil.com/token',
    'https:\\\\identity.xero.com/token',
    'https:/identity.xero.com/token',
    'https://identity.xero.com\t.evil.com/token',
    'https://identity.xero.com\n@evil.com/token',
    'https://identity.xerо.com/token', // the o is Cyrillic
    'https://identity。xero.com/token',
    'https://ｉdentity.xero.com/token',
    'https://identity.xero.com#@evil.com/'.replace('#', '\u0000'),
    'https://127.0.0.1.evil.com/token',
    'https://localhost.evil.com/token',
    'https://localhost@evil.com/token',
    'http://0x7f.1/token',
    'http://127.1/token',
    'http://2130706433/token',
    'http://[::ffff:127.0.0.1]/token',
    'ftp://identity.xero.com/token',
    '//identity.xero.com/token',
    'identity.xero.com/connect/token',
    'https://',
    'no URL',
  ])('that is anything else is not: %j', (url) => {
    expect(isKnownHost(url, {})).toBe(false);
  });

  test.each([
    ['proxy.example', 'https://proxy.example/token', true],
    ['other.example, proxy.example', 'https://proxy.example/token', true],
    [' other.example\n\tproxy.example ', 'https://PROXY.example:443/token', true],
    ['proxy.example:443', 'https://proxy.example/token', true],
    ['proxy.example:8443', 'https://proxy.example:8443/token', true],
    ['proxy.example:8443', 'https://proxy.example/token', false],
    ['proxy.example', 'https://proxy.example:8443/token', false],
    ['proxy.example', 'http://proxy.example/token', false],
    ['proxy.example', 'https://proxy.example.evil.com/token', false],
    ['proxy.example', 'https://sub.proxy.example/token', false],
    ['*.example', 'https://proxy.example/token', false],
    ['.example', 'https://proxy.example/token', false],
    ['https://proxy.example/', 'https://proxy.example/token', false],
    ['user@proxy.example', 'https://proxy.example/token', false],
    ['', 'https://proxy.example/token', false],
  ])('named as %j in EVERGRANT_HOSTS: %s is known: %s', (named, url, isKnown) => {
    expect(isKnownHost(url, { EVERGRANT_HOSTS: named })).toBe(isKnown);
  });
});

describe('a value from outside the file', () => {
  test('fills a blank where every URL is Xero’s', () => {
    expect(settingsFor(xeros, env).value('client_secret')).toBe('outer-secret');
  });

  test.each(['authorize_url', 'token_url', 'revocation_url', 'connections_url', 'api_url'])(
    'fills no blank when an unknown host is in %s, which is named with its row',
    (key) => {
      expect(() => settingsFor({ ...xeros, [key]: 'https://evil.example/x' }, env)).toThrow(
        expect.objectContaining({
          kind: 'invalid',
          code: 'strange_host',
          message: `${key} in acme.json leads to evil.example: client_secret from outside it must not go there`,
          hint: `set ${key} to Xero's own; if it is right, allow its host in .env: EVERGRANT_HOSTS=evil.example`,
        }),
      );
    },
  );

  test.each([
    ['XERO_CLIENT_ID', 'client_id'],
    ['XERO_CLIENT_SECRET', 'client_secret'],
    ['XERO_REDIRECT_URI', 'redirect_uri'],
    ['XERO_SCOPES', 'scopes'],
  ])('is kept from a stranger whatever it is: %s', (name, key) => {
    const rows = { ...webApp, [key]: '' };
    expect(() => settingsFor(rows, { [name]: 'outer' })).toThrow(expect.objectContaining({ code: 'strange_host' }));
    expect(settingsFor(rows, { [name]: 'outer', EVERGRANT_HOSTS: 'login.example' }).value(key as 'scopes')).toBe(
      'outer',
    );
  });

  test('guards nothing but itself: the file’s own values go where the file says', () => {
    const settings = settingsFor(webApp, { ...env, XERO_CLIENT_ID: 'x', XERO_REDIRECT_URI: 'x', XERO_SCOPES: 'x' });
    expect(() => requireSettings(settings, ['token_url', 'client_secret'], 'f')).not.toThrow();
    expect(settings.fromOutside).toEqual({});
  });

  test('is not told of hosts that are written to be misread', () => {
    const rows = { ...xeros, token_url: 'https://identity.xero.com\\@evil.com/token' };
    expect(() => settingsFor(rows, env)).toThrow(
      expect.objectContaining({
        message: expect.stringContaining('that is not written plainly'),
        hint: "set token_url to Xero's own",
      }),
    );
  });
});
