import { expect, test } from 'vitest';
import { grantedScopes, missingScopes } from '../../scripts/environment/granted';
import { environmentOf, jwt } from '../support/environments';

const asked = 'openid offline_access accounting.contacts.read accounting.invoices';

test.each<[string, object | string, readonly string[] | null, readonly string[] | null]>([
  ['everything', { scope: asked.split(' ') }, asked.split(' '), []],
  [
    'a scope less',
    { scope: ['openid', 'accounting.contacts.read'] },
    ['openid', 'accounting.contacts.read'],
    ['accounting.invoices'],
  ],
  ['more than was asked for', { scope: `${asked} files` }, [...asked.split(' '), 'files'], []],
  [
    'writing where reading was asked for',
    { scope: ['openid', 'accounting.contacts', 'accounting.invoices'] },
    ['openid', 'accounting.contacts', 'accounting.invoices'],
    [],
  ],
  ['no claim', {}, null, null],
  ['an opaque token', 'opaque', null, null],
])('%s: what is granted, and what a new consent would add', (_, token, granted, missing) => {
  const access_token = typeof token === 'string' ? token : jwt(token);
  const environment = environmentOf({ app_type: 'web', access_token, refresh_token: 'held' });
  expect([grantedScopes(environment), missingScopes(environment, asked)]).toEqual([granted, missing]);
});

test('without a refresh token offline_access is missing; a custom connection misses nothing', () => {
  const rows = { app_type: 'web', access_token: jwt({ scope: ['openid'] }) };
  expect(missingScopes(environmentOf(rows), 'openid offline_access')).toEqual(['offline_access']);
  expect(missingScopes(environmentOf({ ...rows, app_type: 'custom_connection' }), 'openid files')).toBeNull();
});
