import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { claimsOf, ownTenant } from '../../scripts/environment/tenant';

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const jwt = (claims: unknown): string => `${part({ alg: 'RS256' })}.${part(claims)}.sig`;

test.each([
  ['names its tenant', jwt({ xero_tenant_id: 't-9' }), { tenant_id: 't-9' }],
  ['is not authorised yet', jwt({}), {}],
  ['has a claim that is no id', jwt({ xero_tenant_id: '{{code}}' }), {}],
  ['has a claim of another type', jwt({ xero_tenant_id: 9 }), {}],
])("the tenant of a custom connection is its token's own: the token %s", (_, token, changes) => {
  expect(ownTenant(token)).toEqual(changes);
});

describe('the claims of an access token', () => {
  test('are those of its payload', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z]+_[a-z]*$/), fc.jsonValue()), (claims) => {
        expect(claimsOf(jwt(claims))).toEqual(JSON.parse(JSON.stringify(claims)));
      }),
    );
  });

  test('are none when it is no JWT, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), (token) => {
        expect(typeof claimsOf(token)).toBe('object');
      }),
    );
  });
});
