import { describe, expect, test } from 'vitest';
import { valueOf, type ContractKey, type Environment } from '../../scripts/environment/environment';
import { parseEnvironment } from '../../scripts/environment/parse';
import { grantOf } from '../../scripts/environment/grant';
import { unusableRow } from '../../scripts/environment/row-faults';
import { requireSettings, settingsOf } from '../../scripts/environment/settings';
import { refuseWithoutGrant } from '../../scripts/refresh/due';
import { statusRow } from '../../scripts/status/rows';
import { environmentOf, settingsFor, webApp, type Rows } from '../support/environments';

const now = new Date('2026-11-22T10:00:00Z');
const connected: Rows = { ...webApp, access_token: 'access', refresh_token: 'refresh', generation: '3' };
const sent = [
  'authorize_url',
  'token_url',
  'revocation_url',
  'connections_url',
  'api_url',
  'client_id',
  'client_secret',
  'redirect_uri',
  'scopes',
  'access_token',
  'refresh_token',
  'tenant_id',
] as const;

function fileWith(...rows: object[]): Environment {
  return parseEnvironment(JSON.stringify({ name: 'acme', values: rows }), 'acme', 'acme.json');
}

function rowsWith(changed: Record<string, object>): object[] {
  return Object.entries(connected).map(([key, value]) => ({ key, value, enabled: true, ...changed[key] }));
}

describe('a Postman reference', () => {
  test.each(sent)('in %s is named, whoever wants to use it', (key) => {
    const environment = environmentOf({ ...connected, [key]: '{{vault:xero}}' });
    const failure = expect.objectContaining({
      kind: 'invalid',
      code: 'postman_reference',
      message: expect.stringMatching(new RegExp(`^${key} in acme.* is a Postman reference`)),
      hint: expect.stringContaining(`into ${key} in acme`),
    });
    expect(() => settingsOf(environment, {}, 'acme.json')).toThrow(failure);
    expect(() => refuseWithoutGrant(environment, grantOf(environment, now))).toThrow(failure);
    expect(statusRow(environment, null, now)).toMatchObject({ state: 'invalid', error: { code: 'postman_reference' } });
  });

  test.each([
    '{{vault:xero-secret}}',
    '{{my_secret}}',
    '{{ $guid }}',
    ' {{$randomUUID}} ',
    'a{{b}}c',
    '{{a}}{{b}}',
    '{{',
  ])('is known by its braces: %s', (value) => {
    const fault = unusableRow(environmentOf({ ...connected, client_secret: value }), 'acme.json');
    expect(fault).toMatchObject({ code: 'postman_reference' });
    expect(`${fault?.message} ${fault?.hint}`).not.toContain('{');
  });

  test('is reported for all rows at once, with what may fill them instead', () => {
    const rows = { ...connected, client_secret: '{{a}}', refresh_token: '{{b}}' };
    expect(unusableRow(environmentOf(rows), 'acme.json')).toMatchObject({
      message:
        'refresh_token, client_secret in acme.json are Postman references in double braces, looked up in Postman alone',
      hint: expect.stringContaining('set XERO_CLIENT_SECRET in .env'),
    });
  });

  test.each([
    ['client_secret', 'pkce'],
    ['redirect_uri', 'custom_connection'],
    ['code_verifier', 'web'],
    ['my_own', 'web'],
    ['tenant_name', 'web'],
  ])('in %s, which an app of the type %s never sends, is the user’s own', (key, app_type) => {
    expect(unusableRow(environmentOf({ ...connected, app_type, [key]: '{{x}}' }), 'f')).toBeUndefined();
  });

  test('in a row that is switched off counts for nothing', () => {
    const environment = fileWith(...rowsWith({ client_secret: { value: '{{x}}', enabled: false } }));
    expect(
      settingsOf(environment, { XERO_CLIENT_SECRET: 'outer', EVERGRANT_HOSTS: 'login.example' }, 'f').value(
        'client_secret',
      ),
    ).toBe('outer');
  });

  test.each([
    ['XERO_CLIENT_ID', 'client_id'],
    ['XERO_CLIENT_SECRET', 'client_secret'],
    ['XERO_REDIRECT_URI', 'redirect_uri'],
    ['XERO_SCOPES', 'scopes'],
  ])('in %s is refused where it would fill a blank, and signs no link', (name, key) => {
    expect(() => settingsFor({ ...webApp, [key]: '' }, { [name]: '{{x}}' })).toThrow(
      expect.objectContaining({ kind: 'invalid', code: 'postman_reference', hint: `set ${name} to the value itself` }),
    );
    expect(settingsFor(webApp, { [name]: '{{vault:xero-secret}}' }).linkSecrets).toEqual(['the-client-secret']);
  });
});

describe('a row that is unticked in Postman', () => {
  test.each([{ enabled: false }, { disabled: true }, { enabled: true, disabled: true }])(
    'is said to be switched off, not missing: %j',
    (off) => {
      const environment = fileWith(...rowsWith({ refresh_token: off }));
      const failure = expect.objectContaining({
        kind: 'invalid',
        code: 'switched_off',
        message: expect.stringMatching(/^refresh_token is switched off in Postman: its row in acme.* is unticked$/),
      });
      expect(() => settingsOf(environment, {}, 'acme.json')).toThrow(failure);
      expect(() => refuseWithoutGrant(environment, grantOf(environment, now))).toThrow(failure);
      expect(statusRow(environment, null, now)).toMatchObject({ state: 'invalid', error: { code: 'switched_off' } });
    },
  );

  test('is said so of a setting that is needed', () => {
    const settings = settingsOf(fileWith(...rowsWith({ client_id: { disabled: true } })), {}, 'acme.json');
    expect(() => requireSettings(settings, ['client_id'], 'acme.json')).toThrow(
      expect.objectContaining({ code: 'switched_off', hint: expect.stringContaining('tick client_id in Postman') }),
    );
  });

  test('is no fault where another of its key is ticked, wherever that stands', () => {
    const off = { key: 'refresh_token', value: 'old', enabled: false };
    for (const environment of [fileWith(off, ...rowsWith({})), fileWith(...rowsWith({}), off)]) {
      expect(unusableRow(environment, 'f')).toBeUndefined();
      expect(valueOf(environment, 'refresh_token')).toBe('refresh');
    }
  });
});

describe('a key that is nearly right', () => {
  test.each([
    'refresh_token ',
    ' refresh_token',
    'refresh_token\t',
    'refresh_token\u00a0',
    'refresh_\u200btoken',
    'Refresh_Token',
  ])('is named: %j', (key) => {
    const { refresh_token: value = '', ...rest } = connected;
    const environment = environmentOf({ ...rest, [key]: value });
    expect(() => refuseWithoutGrant(environment, grantOf(environment, now))).toThrow(
      expect.objectContaining({
        kind: 'invalid',
        code: 'misspelt_key',
        message: expect.stringMatching(/^refresh_token is missing in acme, which has a row .+ in its place$/),
      }),
    );
  });

  test.each<[ContractKey]>([['client_id'], ['client_secret'], ['redirect_uri'], ['scopes'], ['token_url']])(
    'is named for a setting that is needed: %s',
    (key) => {
      const settings = settingsFor({ ...webApp, [key]: '', [`${key} `]: 'value' });
      expect(() => requireSettings(settings, [key], 'acme.json')).toThrow(
        expect.objectContaining({
          code: 'misspelt_key',
          message: `${key} is missing in acme.json, which has a row '${key} ' in its place`,
        }),
      );
    },
  );

  test('is no fault when the right one is there, too', () => {
    expect(
      unusableRow(environmentOf({ ...connected, 'refresh_token ': 'x', 'generation ': '1' }), 'f'),
    ).toBeUndefined();
  });
});
