import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgePreflight } from '../../scripts/consent/preflight';
import { Failure } from '../../scripts/errors';
import type { Answer } from '../../scripts/refresh/token-answer';

const redirectUri = 'https://app.example/callback';
const html = { 'content-type': 'text/html' };

function answer(status: number, headers: Record<string, string> = {}, body = ''): Answer {
  return { kind: 'answer', status, headers, body };
}

const to = (location: string, status = 302): Answer => answer(status, { location });
const page = (status: number, text: string): Answer =>
  answer(
    status,
    html,
    `<html><style>p { invalid_style: 1 }</style><h1>Error code: 500</h1><p>Error: ${text}</p></html>`,
  );

describe('a consent link', () => {
  test.each<[string, Answer]>([
    ['the sign-in page', to('https://login.example/identity/user/login?ReturnUrl=%2Fauthorize%3Ferror')],
    ['a relative sign-in page', to('/identity/user/login?ReturnUrl=x')],
    ['a sign-in page by 303', to('/identity/user/login', 303)],
    ['a sign-in page of another name', to('https://login.example/account/signin')],
  ])('is accepted when it leads to %s', (_, first) => {
    expect(judgePreflight([first], redirectUri)).toEqual({ kind: 'accepted' });
  });

  test.each<[string, Answer[], string, string]>([
    [
      'an unknown client',
      [page(500, 'unauthorized_client : Unknown client or client not enabled')],
      'client_id',
      'unauthorized_client : Unknown client or client not enabled',
    ],
    [
      'another redirect URI',
      [page(500, 'unauthorized_client : Invalid redirect_uri')],
      'redirect_uri',
      'unauthorized_client : Invalid redirect_uri',
    ],
    [
      'a scope the client has not',
      [page(500, 'unauthorized_client : Invalid scope for client')],
      'scopes',
      'unauthorized_client : Invalid scope for client',
    ],
    ['a bad scope', [page(500, 'invalid_scope')], 'scopes', 'invalid_scope'],
    [
      'a client id that is missing',
      [page(400, 'invalid_request : Missing client_id')],
      'client_id',
      'invalid_request : Missing client_id',
    ],
    ['another response type', [page(400, 'unsupported_response_type')], 'response_type', 'unsupported_response_type'],
    [
      'a missing challenge',
      [page(400, 'invalid_request : code_challenge required')],
      'app_type',
      'invalid_request : code_challenge required',
    ],
    [
      'the limit of its connections',
      [
        page(
          500,
          'unauthorized_client : My app needs to complete certification before they can connect to more Xero organisations',
        ),
      ],
      'connection_limit',
      expect.stringContaining('unauthorized_client : My app needs to complete certification'),
    ],
    [
      'that limit in words alone',
      [page(500, 'The connected app limit has been reached')],
      'connection_limit',
      'connected app limit has been reached',
    ],
    ['nothing that is known', [page(500, 'invalid_request')], 'settings', 'invalid_request'],
    [
      'what its error page says',
      [to('/identity/error?errorId=x'), page(200, 'unauthorized_client : Invalid redirect_uri')],
      'redirect_uri',
      'unauthorized_client : Invalid redirect_uri',
    ],
    [
      'what an error page elsewhere says',
      [to('https://login.example/identity/error?errorId=x'), page(500, 'invalid_scope')],
      'scopes',
      'invalid_scope',
    ],
  ])('is refused because of %s', (_, answers, parameter, problem) => {
    expect(judgePreflight(answers, redirectUri)).toEqual({ kind: 'refused', parameter, problem });
  });

  test.each([
    ['access_denied', '&error_description=Requested%20wrong%20apps%20scopes&state=x', 'scopes'],
    ['access_denied', '&error_description=Requested+wrong+apps+scopes&state=x', 'scopes'],
    ['access_denied', '&error_description=The%20connected%20app%20limit%20has%20been%20reached', 'connection_limit'],
    ['invalid_scope', '&state=x', 'scopes'],
    ['unauthorized_client', '&state=x', 'settings'],
  ])('that bounces back with %s%s is refused because of %s', (error, more, parameter) => {
    const bounce = to(`${redirectUri}?error=${error}${more}`);
    expect(judgePreflight([bounce], redirectUri)).toMatchObject({ kind: 'refused', parameter });
  });

  test('that bounces back is refused in words', () => {
    const bounce = to(`${redirectUri}?error=access_denied&error_description=Requested%20wrong%20apps%20scopes&state=x`);
    const verdict = judgePreflight([bounce], redirectUri);
    expect(verdict).toEqual({
      kind: 'refused',
      parameter: 'scopes',
      problem: 'access_denied: Requested wrong apps scopes',
    });
  });

  test.each(['https://app.example/login', 'https://app.example/xero-signin'])(
    'that bounces back to %s is no sign-in page',
    (uri) => {
      const bounce = to(`${uri}?error=access_denied&error_description=Requested%20wrong%20apps%20scopes`);
      expect(judgePreflight([bounce], uri)).toMatchObject({ kind: 'refused', parameter: 'scopes' });
    },
  );

  test.each<[string, Answer[]]>([
    ['nobody answers', [{ kind: 'lost', code: 'ECONNREFUSED', sent: false }]],
    ['there is no answer', []],
    ['there are too many requests', [answer(429, { 'retry-after': '60' }, 'invalid_scope')]],
    ['Xero is down', [answer(503, html, '<h1>Service unavailable</h1>')]],
    ['a page comes that names nothing', [answer(200, html, '<h1>Welcome</h1>')]],
    ['the error page does not come', [to('/identity/error'), { kind: 'lost', code: 'ECONNRESET', sent: true }]],
    ['the error page says nothing', [to('/identity/error'), answer(200, html, '<h1>Sorry</h1>')]],
    ['the words stand in markup only', [answer(200, html, '<p class="invalid_scope">Hello</p>')]],
    ['a redirect leads nowhere', [answer(302)]],
    ['the page holds percent signs', [answer(200, html, 'zoom 100% or %e9 or %C3%28')]],
    ['the error page holds percent signs', [to('/identity/error'), answer(200, html, 'in %E9t%E9')]],
  ])('stays unjudged when %s', (_, answers) => {
    expect(() => judgePreflight(answers, redirectUri)).toThrow(
      expect.objectContaining({ kind: 'temporary_failure', code: 'preflight_unanswered' }),
    );
  });

  test.each(['<script', '<style', '<', '<a <script>', '</script>', 'invalid_', '/login'])(
    'is judged within a second by a page of 200,000 characters of %s',
    (unit) => {
      const filling = unit.repeat(200_000 / unit.length);
      const start = performance.now();
      expect(judgePreflight([answer(400, html, `invalid_scope<p>${filling}`)], redirectUri)).toMatchObject({
        parameter: 'scopes',
      });
      expect(judgePreflight([to(`/login/${filling}/signin`)], redirectUri)).toEqual({ kind: 'accepted' });
      expect(performance.now() - start).toBeLessThan(1000);
    },
  );

  test.each([
    '<script>a("<script>invalid_a</script>")</script>',
    '<STYLE>p { invalid_a }</style> shown',
    '</script>shown',
    'a<b title="invalid_a">shown',
  ])('that leads to a page with %s is judged by what is shown', (markup) => {
    expect(judgePreflight([answer(400, html, `${markup} invalid_scope`)], redirectUri)).toMatchObject({
      kind: 'refused',
      problem: 'invalid_scope',
    });
  });

  test('ends in a verdict or an expected failure, whatever the server answers', () => {
    const location = fc.oneof(
      fc.webUrl(),
      fc.string(),
      fc.string().map((tail) => `${redirectUri}?error=${tail}`),
    );
    const any = fc.record({
      status: fc.integer({ min: 100, max: 599 }),
      location,
      body: fc.string({ unit: 'binary' }),
    });
    const answers = fc.array(
      any.map(({ status, location, body }) => answer(status, { location }, body)),
      { maxLength: 2 },
    );
    fc.assert(
      fc.property(answers, (given) => {
        try {
          judgePreflight(given, redirectUri);
        } catch (error) {
          expect(error).toBeInstanceOf(Failure);
        }
      }),
      { numRuns: 500 },
    );
  });
});
