import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  changesForTenant,
  claimsOf,
  connectionOf,
  judgeConnections,
  ownTenant,
  type Connection,
} from '../../scripts/core/connections';
import type { Answer } from '../../scripts/core/token-answer';

function answer(status: number, body: unknown): Answer {
  return { kind: 'answer', status, headers: {}, body: typeof body === 'string' ? body : JSON.stringify(body) };
}

function connection(id: string, authEventId: string, updatedDateUtc: string): Connection {
  return { id, tenantId: `t-${id}`, tenantName: `Org ${id}`, tenantType: 'ORGANISATION', authEventId, updatedDateUtc };
}

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const jwt = (claims: unknown): string => `${part({ alg: 'RS256' })}.${part(claims)}.sig`;

const older = connection('1', 'event-1', '2026-01-01T00:00:00.0000000');
const newer = connection('2', 'event-2', '2026-11-01T00:00:00.0000000');

describe('an answer of /connections', () => {
  test('is the list of connections, without what this program has no use for', () => {
    const given = [{ ...older, createdDateUtc: 'x' }, newer];
    expect(judgeConnections(answer(200, given), 'acme')).toEqual([older, newer]);
  });

  test('may leave all but the ids blank', () => {
    const blank = { tenantName: '', tenantType: '', authEventId: '', updatedDateUtc: '' };
    const given = [
      { id: 'a', tenantId: 'b', tenantName: null },
      { id: 'c', tenantId: 'd', authEventId: null },
    ];
    expect(judgeConnections(answer(200, given), 'acme')).toEqual([
      { id: 'a', tenantId: 'b', ...blank },
      { id: 'c', tenantId: 'd', ...blank },
    ]);
  });

  test.each<[string, Answer, string, string]>([
    ['401', answer(401, { Title: 'Unauthorized' }), 'access_token_refused', 'HTTP 401'],
    ['403', answer(403, ''), 'api_unavailable', 'HTTP 403'],
    ['429', answer(429, ''), 'api_unavailable', 'HTTP 429'],
    ['500 with a list', answer(500, []), 'api_unavailable', 'HTTP 500'],
    ['an object', answer(200, {}), 'api_unavailable', 'HTTP 200'],
    ['a connection without tenant', answer(200, [{ id: 'a' }]), 'api_unavailable', 'HTTP 200'],
    ['HTML', answer(200, '<html>'), 'api_unavailable', 'HTTP 200'],
    ['half a list', answer(200, '[{"id":"a"'), 'api_unavailable', 'HTTP 200'],
    ['none', { kind: 'lost', code: 'ETIMEDOUT', sent: true }, 'api_unavailable', 'no answer (ETIMEDOUT)'],
  ])('is a failure that passes when it is %s', (_, given, code, what) => {
    expect(() => judgeConnections(given, 'acme')).toThrow(
      expect.objectContaining({
        kind: 'temporary_failure',
        code,
        message: `Xero did not give the list of connections: ${what}`,
      }),
    );
  });
});

describe('the connection of a consent', () => {
  test.each<[string, Connection[], string, Connection | undefined]>([
    ["the one with the token's event", [newer, older], jwt({ authentication_event_id: 'event-1' }), older],
    ['the newest without a match', [older, newer], jwt({ authentication_event_id: 'event-9' }), newer],
    ['the newest without a claim', [older, newer], jwt({}), newer],
    ['the newest for a token that is no JWT', [older, newer], 'opaque', newer],
    [
      'never a blank event for a blank claim',
      [{ ...older, authEventId: '' }, newer],
      jwt({ authentication_event_id: '' }),
      newer,
    ],
    [
      'the newest of several of one event',
      [{ ...older, authEventId: 'event-2' }, newer],
      jwt({ authentication_event_id: 'event-2' }),
      newer,
    ],
    ['none without connections', [], jwt({ authentication_event_id: 'event-1' }), undefined],
  ])('is %s', (_, connections, token, expected) => {
    expect(connectionOf(connections, token)).toEqual(expected);
  });

  test('is remembered by tenant and user', () => {
    expect(changesForTenant(older, jwt({ xero_userid: 'user-1' }))).toEqual({
      tenant_id: 't-1',
      tenant_name: 'Org 1',
      authorised_user_id: 'user-1',
    });
  });

  test('is remembered by tenant alone when the token names no user', () => {
    expect(changesForTenant(older, 'opaque')).toEqual({ tenant_id: 't-1', tenant_name: 'Org 1' });
  });

  test.each([
    ['names its tenant', jwt({ xero_tenant_id: 't-9' }), { tenant_id: 't-9' }],
    ['is not authorised yet', jwt({}), {}],
    ['has a claim of another type', jwt({ xero_tenant_id: 9 }), {}],
  ])("of a custom connection is its token's: the token %s", (_, token, changes) => {
    expect(ownTenant(token)).toEqual(changes);
  });
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
