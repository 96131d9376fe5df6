import { describe, expect, test } from 'vitest';
import { changesForTenant, connectionOf, judgeConnections, type Connection } from '../../scripts/consent/connections';
import type { Answer } from '../../scripts/refresh/token-answer';

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
  test('is the list of connections, with only the members that this program uses', () => {
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

  test('has names that are plain', () => {
    const given = [{ ...older, tenantName: 'Maple\r\n\u001b[31mBakery\u202e {{client_secret}}' }];
    expect(judgeConnections(answer(200, given), 'acme')).toEqual([
      { ...older, tenantName: 'Maple [31mBakery {client_secret}' },
    ]);
  });

  test.each([
    ['an id', { id: 'a/../b' }],
    ['a tenant', { tenantId: '{{client_secret}}' }],
    ['a tenant of two lines', { tenantId: 'a\r\nx-evil: 1' }],
  ])('is none with %s that is no id', (_, wrong) => {
    expect(() => judgeConnections(answer(200, [{ ...older, ...wrong }]), 'acme')).toThrow(
      expect.objectContaining({ kind: 'temporary_failure', code: 'api_unavailable' }),
    );
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
  const ofEvent = (event: unknown): string => jwt({ authentication_event_id: event });

  test.each<[string, Connection[], string, string, Connection | undefined]>([
    ["the one with the token's event", [newer, older], ofEvent('event-1'), '', older],
    ["the one with the token's event, whatever is held", [newer, older], ofEvent('event-1'), 't-2', older],
    ['the one held without a match', [newer, older], ofEvent('event-9'), 't-1', older],
    ['the one held without a claim', [newer, older], jwt({}), 't-1', older],
    ['the one held for a token that is no JWT', [newer, older], 'opaque', 't-1', older],
    ['none where the one held is gone, and nothing matches', [newer, older], ofEvent('event-9'), 't-9', undefined],
    ['none where the one held is gone, and the token says nothing', [newer, older], jwt({}), 't-9', undefined],
    ['none where none is held, and the event matches nothing', [older, newer], ofEvent('event-9'), '', undefined],
    ['the newest where nothing says which', [older, newer], jwt({}), '', newer],
    ['the newest for a token that is no JWT where none is held', [older, newer], 'opaque', '', newer],
    ['never a blank event for a blank claim', [{ ...older, authEventId: '' }, newer], ofEvent(''), '', newer],
    [
      'the newest of several of one event',
      [{ ...older, authEventId: 'event-2' }, newer],
      ofEvent('event-2'),
      '',
      newer,
    ],
    [
      'an organisation, where its practice is newer',
      [
        { ...older, authEventId: 'event-2' },
        { ...newer, tenantType: 'PRACTICE' },
      ],
      ofEvent('event-2'),
      '',
      { ...older, authEventId: 'event-2' },
    ],
    [
      'a practice where there is nothing else',
      [{ ...newer, tenantType: 'PRACTICE' }],
      jwt({}),
      '',
      { ...newer, tenantType: 'PRACTICE' },
    ],
    ['none without connections', [], ofEvent('event-1'), '', undefined],
  ])('is %s', (_, connections, token, held, expected) => {
    expect(connectionOf(connections, token, held)).toEqual(expected);
  });

  test('is remembered by tenant and user', () => {
    expect(changesForTenant(older, jwt({ xero_userid: 'user-1' }))).toEqual({
      tenant_id: 't-1',
      tenant_name: 'Org 1',
      authorised_user_id: 'user-1',
    });
  });

  test('is kept by tenant alone when the token names no user, or a bad one', () => {
    const wrong = changesForTenant(older, jwt({ xero_userid: '{{refresh_token}}' }));
    expect(wrong).toEqual({ tenant_id: 't-1', tenant_name: 'Org 1' });
    expect(changesForTenant(older, 'opaque')).toEqual({ tenant_id: 't-1', tenant_name: 'Org 1' });
  });
});
