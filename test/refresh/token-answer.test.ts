import { describe, expect, test } from 'vitest';
import { judgeTokenAnswer, type Answer, type Verdict } from '../../scripts/refresh/token-answer';

const now = new Date('2026-11-22T10:00:00.000Z');
const set = { access_token: 'a', refresh_token: 'r', expires_in: 1800, token_type: 'Bearer' };

function answer(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return { kind: 'answer', status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
}

function granted(expiresInSeconds: number, refreshToken: string | null = 'r'): Verdict {
  const tokens = { accessToken: 'a', expiresInSeconds };
  return { kind: 'granted', tokens: refreshToken === null ? tokens : { ...tokens, refreshToken } };
}

function transient(reason: string, mayBeSpent: boolean, retryAfterSeconds?: number): Verdict {
  return { kind: 'transient', reason, mayBeSpent, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) };
}

const unusable: Verdict = { kind: 'unusable', reason: 'HTTP 200 with a token that is none' };
const error = (code: string): object => ({ error: code });

const table: readonly (readonly [string, Answer, Verdict])[] = [
  ['a token set', answer(200, set), granted(1800)],
  ['201 with a token set', answer(201, set), granted(1800)],
  ['expires_in as a string', answer(200, { ...set, expires_in: '1799' }), granted(1799)],
  ['expires_in missing', answer(200, { ...set, expires_in: undefined }), granted(1800)],
  ['expires_in nonsense', answer(200, { ...set, expires_in: 'soon' }), granted(1800)],
  ['expires_in nought', answer(200, { ...set, expires_in: 0 }), granted(0)],
  ['expires_in blank', answer(200, { ...set, expires_in: '' }), granted(1800)],
  ['expires_in negative', answer(200, { ...set, expires_in: -5 }), granted(1800)],
  ['expires_in a century', answer(200, { ...set, expires_in: 1e300 }), granted(86_400)],
  ['token_type in small letters', answer(200, { ...set, token_type: 'bearer' }), granted(1800)],
  ['token_type missing', answer(200, { ...set, token_type: undefined }), granted(1800)],
  ['no refresh_token', answer(200, { ...set, refresh_token: undefined }), granted(1800, null)],
  ['refresh_token null', answer(200, { ...set, refresh_token: null }), granted(1800, null)],
  ['refresh_token blank', answer(200, { ...set, refresh_token: '' }), granted(1800, null)],
  [
    'no access_token',
    answer(200, { ...set, access_token: undefined }),
    transient('HTTP 200 without a token set', true),
  ],
  ['access_token blank', answer(200, { ...set, access_token: '' }), transient('HTTP 200 without a token set', true)],
  ['access_token a number', answer(200, { ...set, access_token: 7 }), transient('HTTP 200 without a token set', true)],
  ['another token_type', answer(200, { ...set, token_type: 'mac' }), transient('HTTP 200 without a token set', true)],
  ['invalid_grant under 200', answer(200, error('invalid_grant')), transient('HTTP 200 without a token set', true)],
  ['an empty 200', answer(200, ''), transient('HTTP 200 without a token set', true)],
  ['204', answer(204, ''), transient('HTTP 204 without a token set', true)],
  ['half a body', answer(200, '{"access_token":"a","refr'), transient('HTTP 200 without a token set', true)],
  [
    'HTML under 200',
    answer(200, '<html>', { 'content-type': 'text/html; charset=utf-8' }),
    transient('HTTP 200, text/html without a token set', true),
  ],
  ['a JSON array', answer(200, '[]'), transient('HTTP 200 without a token set', true)],
  [
    'a body over 1 MiB',
    answer(200, { ...set, more: 'x'.repeat(1024 * 1024) }),
    transient('HTTP 200 without a token set', true),
  ],
  ['invalid_grant', answer(400, error('invalid_grant')), { kind: 'invalidGrant', code: 'invalid_grant' }],
  [
    'invalid_grant with words',
    answer(400, { error: 'invalid_grant', error_description: 'x' }),
    { kind: 'invalidGrant', code: 'invalid_grant' },
  ],
  ['invalid_grant under 401', answer(401, error('invalid_grant')), { kind: 'invalidGrant', code: 'invalid_grant' }],
  ['invalid_grant under 500', answer(500, error('invalid_grant')), transient('HTTP 500', true)],
  [
    'invalid_grant under 503',
    answer(503, error('invalid_grant'), { 'retry-after': '7' }),
    transient('HTTP 503', true, 7),
  ],
  ['invalid_grant under 429', answer(429, error('invalid_grant')), transient('HTTP 429', false)],
  ['invalid_grant under 302', answer(302, error('invalid_grant')), { kind: 'unexpected', reason: 'HTTP 302' }],
  ['invalid_grant in HTML', answer(400, '<p>"error":"invalid_grant"</p>'), { kind: 'unexpected', reason: 'HTTP 400' }],
  ['invalid_client', answer(400, error('invalid_client')), { kind: 'clientRejected', code: 'invalid_client' }],
  [
    'invalid_client under 401',
    answer(401, error('invalid_client')),
    { kind: 'clientRejected', code: 'invalid_client' },
  ],
  [
    'unauthorized_client',
    answer(400, error('unauthorized_client')),
    { kind: 'clientRejected', code: 'unauthorized_client' },
  ],
  ['invalid_scope', answer(400, error('invalid_scope')), { kind: 'clientRejected', code: 'invalid_scope' }],
  [
    'unsupported_grant_type',
    answer(400, error('unsupported_grant_type')),
    { kind: 'clientRejected', code: 'unsupported_grant_type' },
  ],
  [
    'temporarily_unavailable',
    answer(400, error('temporarily_unavailable')),
    transient('HTTP 400, temporarily_unavailable', false),
  ],
  ['an error that is no code', answer(400, error('<script>')), { kind: 'unexpected', reason: 'HTTP 400' }],
  ['an error object', answer(400, { error: { code: 1 } }), { kind: 'unexpected', reason: 'HTTP 400' }],
  ['404', answer(404, ''), { kind: 'misdirected', reason: 'HTTP 404' }],
  ['405', answer(405, ''), { kind: 'misdirected', reason: 'HTTP 405' }],
  ['invalid_grant under 404', answer(404, error('invalid_grant')), { kind: 'invalidGrant', code: 'invalid_grant' }],
  ['invalid_grant under 403', answer(403, error('invalid_grant')), transient('HTTP 403', true)],
  ["a proxy's 407", answer(407, ''), { kind: 'unexpected', reason: 'HTTP 407' }],
  ...[
    'with {{client_secret}} in',
    'with white in',
    'with\nlines',
    'über',
    '"quoted"',
    'x'.repeat(16 * 1024 + 1),
  ].flatMap((token): [string, Answer, Verdict][] => [
    [`a refresh token ${token.slice(0, 30)}`, answer(200, { ...set, refresh_token: token }), unusable],
    [`an access token ${token.slice(0, 30)}`, answer(200, { ...set, access_token: token }), unusable],
  ]),
  [
    '403 from a firewall',
    answer(403, '<html>', { 'content-type': 'text/html' }),
    transient('HTTP 403, text/html', true),
  ],
  ['a redirect', answer(307, '', { location: 'https://evil.example' }), { kind: 'unexpected', reason: 'HTTP 307' }],
  ['408', answer(408, ''), transient('HTTP 408', true)],
  ['425', answer(425, ''), transient('HTTP 425', false)],
  ['429 with seconds', answer(429, '', { 'retry-after': '30' }), transient('HTTP 429', false, 30)],
  [
    '429 with a date',
    answer(429, '', { 'retry-after': 'Sun, 22 Nov 2026 10:00:05 GMT' }),
    transient('HTTP 429', false, 5),
  ],
  [
    '429 with a past date',
    answer(429, '', { 'retry-after': 'Sun, 22 Nov 2026 09:00:00 GMT' }),
    transient('HTTP 429', false, 0),
  ],
  ['429 with nonsense', answer(429, '', { 'retry-after': 'later' }), transient('HTTP 429', false)],
  ['502', answer(502, ''), transient('HTTP 502', true)],
  ['599', answer(599, ''), transient('HTTP 599', true)],
  ['no connection', { kind: 'lost', code: 'ECONNREFUSED', sent: false }, transient('no answer (ECONNREFUSED)', false)],
  [
    'a connection that broke',
    { kind: 'lost', code: 'ECONNRESET', sent: true },
    transient('no answer (ECONNRESET)', true),
  ],
];

describe('an answer of the token endpoint', () => {
  test.each(table)('has its verdict: %s', (_, given, verdict) => {
    expect(judgeTokenAnswer(given, now)).toEqual(verdict);
  });
});
