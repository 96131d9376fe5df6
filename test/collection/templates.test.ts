import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const keys = [
  ['app_type', 'authorize_url', 'token_url', 'revocation_url', 'connections_url', 'api_url'],
  ['client_id', 'redirect_uri', 'scopes', 'link_days', 'sender', 'client_secret'],
  ['consent_state', 'consent_requested_at', 'code_verifier'],
  ['callback_url', 'access_token', 'refresh_token', 'access_token_expires_at', 'refresh_token_expires_at'],
  ['tenant_id', 'tenant_name', 'authorised_user_id', 'connected_at', 'expected_tenant', 'disconnect_confirm'],
  ['generation', 'refresh_started_at', 'grant_status'],
  ['pending_access_token', 'pending_refresh_token', 'pending_tenant_id', 'handed_over_at'],
].flat();
const secrets = [
  ...['client_secret', 'code_verifier', 'callback_url', 'access_token', 'refresh_token'],
  ...['pending_access_token', 'pending_refresh_token'],
];
const filledIn = {
  authorize_url: 'https://login.xero.com/identity/connect/authorize',
  token_url: 'https://identity.xero.com/connect/token',
  revocation_url: 'https://identity.xero.com/connect/revocation',
  connections_url: 'https://api.xero.com/connections',
  api_url: 'https://api.xero.com/api.xro/2.0',
  redirect_uri: 'http://localhost:8080/callback',
  generation: '0',
  grant_status: 'never_connected',
};
const withoutUse: Record<string, string[]> = {
  web: ['code_verifier'],
  pkce: ['client_secret'],
  custom_connection: [
    ['authorize_url', 'revocation_url', 'redirect_uri', 'consent_state', 'consent_requested_at', 'code_verifier'],
    ['callback_url', 'refresh_token', 'refresh_token_expires_at', 'authorised_user_id'],
    ['link_days', 'sender', 'connected_at', 'expected_tenant', 'handed_over_at'],
    ['pending_access_token', 'pending_refresh_token', 'pending_tenant_id'],
  ].flat(),
};

interface Template {
  values: { key: string; value: string }[];
}

describe.each(Object.keys(withoutUse))('the %s template', (appType) => {
  const text = readFileSync(`environments/${appType}.template.postman_environment.json`, 'utf8');
  const template = JSON.parse(text) as Template;
  const values = new Map(template.values.map((row) => [row.key, row.value]));

  test('is an environment export with the keys of the contract, in its order and with its types', () => {
    const used = keys.filter((key) => !withoutUse[appType]?.includes(key));
    expect(template).toEqual({
      name: `${appType.replace('_', ' ')} template`,
      values: used.map((key) => ({
        key,
        value: expect.any(String),
        type: secrets.includes(key) ? 'secret' : 'default',
        enabled: true,
      })),
      _postman_variable_scope: 'environment',
    });
    expect(text).toBe(`${JSON.stringify(template, null, 2)}\n`);
  });

  test("holds Xero's endpoints, its app type and no secret", () => {
    const { app_type: type, scopes, ...others } = Object.fromEntries(values);
    const expected = Object.keys(others).map((key) => [key, filledIn[key as keyof typeof filledIn] ?? '']);
    expect(type).toBe(appType);
    expect(others).toEqual(Object.fromEntries(expected));
    expect(scopes?.split(' ').includes('offline_access')).toBe(appType !== 'custom_connection');
  });

  test('asks for granular scopes only', () => {
    const broad = ['accounting.transactions', 'accounting.transactions.read', 'accounting.reports.read'];
    expect(broad.filter((scope) => values.get('scopes')?.split(' ').includes(scope))).toEqual([]);
  });
});

test('the template for QA knows the sandbox and has the rows that the scenarios fill', () => {
  const text = readFileSync('environments/qa.template.postman_environment.json', 'utf8');
  const template = JSON.parse(text) as Template;
  const rows = keys.map((key) => ({
    key,
    value: '',
    type: secrets.includes(key) ? 'secret' : 'default',
    enabled: true,
  }));
  const sandbox = { key: 'sandbox_url', value: 'http://localhost:9080', type: 'default', enabled: true };
  expect(template.values).toEqual(expect.arrayContaining([sandbox, ...rows]));
  expect(template.values).toHaveLength(rows.length + 1);
});

test('there is a template for each app type, and one for QA', () => {
  const templates = readdirSync('environments').filter((file) => file.includes('.template.'));
  expect(templates.map((file) => file.split('.')[0]).sort()).toEqual([...Object.keys(withoutUse), 'qa'].sort());
});
