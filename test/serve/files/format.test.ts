import { describe, expect, test } from 'vitest';
import { expiryIn, fileTokenOf, formatToken, tokenFormats } from '../../../scripts/serve/files/format';
import { environmentOf, jwt, webApp } from '../../support/environments';

const now = new Date('2026-11-22T10:00:00Z');
const expiresAt = '2026-11-22T10:20:00.000Z';
const accessToken = jwt({ exp: Date.parse(expiresAt) / 1000, scope: ['accounting.invoices', 'offline_access'] });
const connected = {
  ...webApp,
  access_token: accessToken,
  refresh_token: 'the-refresh-token',
  access_token_expires_at: expiresAt,
  refresh_token_expires_at: '2027-01-20T10:00:00.000Z',
  grant_status: 'connected',
  tenant_id: 'the-tenant',
  tenant_name: "Maple's Bakery",
};

describe('a token file', () => {
  const token = fileTokenOf(environmentOf(connected), now);
  if (token === undefined) throw new Error('connected, and no token');

  test('in JSON is an answer of the token endpoint, with when it expires', () => {
    expect(JSON.parse(formatToken(token, 'json'))).toEqual({
      access_token: accessToken,
      token_type: 'Bearer',
      expires_at: expiresAt,
      scope: 'accounting.invoices offline_access',
      tenant_id: 'the-tenant',
      tenant_name: "Maple's Bakery",
      environment: 'acme',
    });
  });

  test('raw is the token alone', () => expect(formatToken(token, 'raw')).toBe(accessToken));

  test('of variables is plain lines', () => {
    expect(formatToken(token, 'env')).toBe(
      `XERO_ACCESS_TOKEN=${accessToken}\nXERO_TENANT_ID=the-tenant\nXERO_ACCESS_TOKEN_EXPIRES_AT=${expiresAt}\n`,
    );
  });

  test.each(tokenFormats)('in %s holds no secret but the access token, and says when it expires', (format) => {
    const text = formatToken(token, format);
    expect(text).not.toMatch(/the-refresh-token|the-client-secret/);
    expect(expiryIn(text, format)).toEqual(new Date(expiresAt));
  });

  test.each([
    ['json', '{"name":"acme","values":[]}'],
    ['json', 'no JSON'],
    ['json', '{"access_token":"x","environment":"acme","expires_at":"soon"}'],
    ['raw', 'hunter2'],
    ['raw', `${accessToken}\nmore`],
    ['env', 'PASSWORD=hunter2\n'],
    ['env', ''],
  ] as const)('in %s is told from another file: %s', (format, text) => expect(expiryIn(text, format)).toBeUndefined());
});

test.each([
  ['its token has expired', { access_token_expires_at: '2026-11-22T09:59:59.000Z' }],
  ['its consent is over', { grant_status: 'consent_needed' }],
  ['it was idle for too long', { refresh_token_expires_at: '2026-11-21T10:00:00.000Z' }],
  ['it was never connected', { access_token: '', refresh_token: '' }],
  ['it was handed over', { access_token: '', refresh_token: '', handed_over_at: '2026-11-20T10:00:00.000Z' }],
  ['nobody knows when its token expires', { access_token_expires_at: '' }],
])('an environment has none when %s', (_, rows) => {
  expect(fileTokenOf(environmentOf({ ...connected, ...rows }), now)).toBeUndefined();
});
