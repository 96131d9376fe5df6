import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signedState } from '../support/states';
import { hasCrypto } from './support/runtime';
import {
  appId,
  appSecret,
  environment,
  expectRefusals,
  globals,
  send,
  type AppType,
  type Refusal,
  type Settings,
} from './support/send';
import { startServer, type Answer, type Server } from './support/server';

const scopes = 'openid profile  email\n offline_access accounting.settings';
const login: Answer = { status: 302, headers: { Location: '/identity/user/login?returnUrl=%2Fidentity' } };
const random = randomBytes(64).toString('hex');
let server: Server;

beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

function given(appType: AppType = 'web', settings: Settings = {}) {
  return environment(appType, server.url, { scopes, redirect_uri: 'https://example.com/cb?a=1&b=ü', ...settings });
}

function consentLink(appType: AppType, settings: Settings = {}) {
  return send('Consent link', given(appType, settings), { globals: globals({ random_bytes: random }) });
}

function redirect(location: string): Answer {
  return { status: 302, headers: { Location: location } };
}

const prefix =
  '/identity/connect/authorize?response_type=code&client_id=the%20id' +
  '&redirect_uri=https%3A%2F%2Fexample.com%2Fcb%3Fa%3D1%26b%3D%C3%BC' +
  '&scope=openid%20profile%20email%20offline_access%20accounting.settings&state=';

interface Claims {
  n: string;
  t: number;
  u: number;
  r: string;
}

function claimsIn(state: string): Claims {
  return JSON.parse(Buffer.from(state.split('.')[1] ?? '', 'base64url').toString()) as Claims;
}

describe('Consent link of a web app', () => {
  test('reaches Xero with %20 for blanks, in order, and a state that the secret verifies', async () => {
    server.answer(login);
    const before = Math.floor(Date.now() / 1000);
    const { changed, failures } = await consentLink('web');
    expect(failures).toEqual([]);
    expect(server.asked).toHaveLength(1);
    expect(server.asked[0]?.headers.authorization).toBeUndefined();
    const { consent_state: state = '', consent_requested_at: at = '', ...others } = changed;
    expect(others).toEqual({});
    expect(server.asked[0]?.url).toBe(prefix + state);
    const { n, t, u, r } = claimsIn(state);
    const app = { secret: appSecret, clientId: appId, redirectUri: 'https://example.com/cb?a=1&b=ü' };
    expect(state).toBe(signedState({ n, t, u, r }, app));
    expect([n, u - t]).toEqual(['acme', 14 * 86_400]);
    expect(t).toBeGreaterThanOrEqual(before);
    expect(Math.floor(Date.parse(at) / 1000)).toBe(t);
    expect(at).toMatch(/\.\d{3}Z$/);
    expect(Buffer.from(r, 'base64url')).toHaveLength(16);
  });

  test('shows the link to the person who sent it', async () => {
    server.answer(login);
    const { changed, pages } = await consentLink('web');
    const link = `${server.url}${prefix}${changed.consent_state}`;
    expect(pages).toEqual([expect.stringContaining(`>${link.replaceAll('&', '&amp;').replaceAll('=', '&#x3D;')}<`)]);
  });

  test('has another nonce each time, also from the same random bytes', async () => {
    server.answer(login);
    const [first, second] = [await consentLink('web'), await consentLink('web')];
    expect(first.changed.consent_state).not.toBe(second.changed.consent_state);
  });
});

describe('Consent link of a pkce app', () => {
  test('carries the S256 challenge of a verifier that stays in the environment', async () => {
    server.answer(login);
    const { changed, failures } = await consentLink('pkce');
    expect(failures).toEqual([]);
    const { consent_state: state = '', code_verifier: verifier = '' } = changed;
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    expect(server.asked[0]?.url).toBe(`${prefix}${state}&code_challenge=${challenge}&code_challenge_method=S256`);
    expect(verifier).toMatch(/^[\w-]{43}$/);
    const [version, , ...rest] = state.split('.');
    const { n, t, u, r } = claimsIn(state);
    expect([version, rest, n, u - t, Buffer.from(r, 'base64url').length]).toEqual([
      'egp1',
      [],
      'acme',
      14 * 86_400,
      16,
    ]);
    expect(Object.keys(changed).sort()).toEqual(['code_verifier', 'consent_requested_at', 'consent_state']);
  });
});

describe('The lifetime of a link', () => {
  test.each([
    ['web', '1', 1],
    ['pkce', ' 60\n', 60],
    ['web', '', 14],
  ] as const)('of a %s app is what link_days says: %j', async (appType, given, days) => {
    server.answer(login);
    const { changed, failures, pages } = await consentLink(appType, { link_days: given });
    expect(failures).toEqual([]);
    const { t, u } = JSON.parse(Buffer.from(changed.consent_state?.split('.')[1] ?? '', 'base64url').toString());
    expect(u - t).toBe(days * 86_400);
    expect(pages.join()).toContain(`${days} days, for one customer`);
  });
});

describe('Consent link as a preflight', () => {
  test.each([
    ['the login page', redirect('/identity/user/login')],
    [
      'the login page with its host and status 303',
      { status: 303, headers: { Location: 'https://login.xero.com/identity/user/login' } },
    ],
    ['a login page with status 307', { status: 307, headers: { Location: '/u/login?x=1' } }],
  ])('accepts %s', async (_name, answer) => {
    server.answer(answer);
    const { changed, failures } = await consentLink('web');
    expect(failures).toEqual([]);
    expect(changed.consent_state).toMatch(/^eg2\./);
  });

  const good = { scopes, random_bytes: random };

  test('names the setting that the error page means', async () => {
    const cases: Refusal[] = [
      ['Error: unauthorized_client : Invalid redirect_uri', 'web', {}, 'redirect_uri is not among those of the app'],
      ['Error: unauthorized_client : Unknown client or client not enabled', 'web', {}, 'client_id is unknown to Xero'],
      [
        'Error: unauthorized_client : Invalid scope for client',
        'web',
        {},
        'scopes holds one that this app may not have',
      ],
      ['Error: invalid_scope', 'web', {}, 'scopes holds one that this app may not have'],
      ['Error: invalid_request', 'web', {}, 'Xero refuses the link with invalid_request'],
      ['Error: something else', 'web', {}, 'Xero is not answering properly'],
    ];
    const pages = cases.map(([text]) => ({ status: 200, body: `<p>Error code: 500</p><p>${text}</p>` }));
    server.answer(...pages.flatMap((page) => [redirect('/identity/error?errorId=abc'), page]));
    await expectRefusals('Consent link', server.url, good, cases);
    expect(server.asked.map(({ url }) => url.split('?')[0])).toEqual(
      cases.flatMap(() => ['/identity/connect/authorize', '/identity/error']),
    );
  });

  test('refuses whatever else is no login page', async () => {
    const answers: [string, Answer, string][] = [
      [
        'a bounce with access_denied',
        redirect('https://example.com/cb?error=access_denied&state=x'),
        'scopes holds one',
      ],
      [
        'a bounce',
        redirect('https://example.com/cb?error=x&error_description=Requested+wrong+apps+scopes'),
        'scopes holds one',
      ],
      [
        'the limit of connections',
        redirect('https://example.com/cb?error=access_denied&error_description=needs+to+complete+certification'),
        'the app may connect no further organisation',
      ],
      [
        'an error page without a redirect',
        { status: 500, body: '<p>unauthorized_client : Invalid redirect_uri</p>' },
        'redirect_uri is not',
      ],
      ['an error page with status 200', { status: 200, body: '<p>invalid_scope</p>' }, 'scopes holds one'],
      ['maintenance', { status: 503, body: '<h1>back soon</h1>' }, 'Xero is not answering properly'],
      ['too many requests', { status: 429, body: '' }, 'Xero is not answering properly'],
      [
        'an error page elsewhere',
        redirect('https://example.com/identity/error?errorId=x'),
        'Xero is not answering properly',
      ],
      [
        'an error page under the name of the host',
        redirect(`${server.url}.example.com/identity/error`),
        'Xero is not answering properly',
      ],
      [
        'an error page with a variable',
        redirect('/identity/error?errorId={{client_secret}}'),
        'Xero is not answering properly',
      ],
      ['a redirect to nowhere', redirect('/'), 'Xero is not answering properly'],
      ['a redirect without a place', { status: 302 }, 'Xero is not answering properly'],
    ];
    server.answer(...answers.map(([, answer]) => answer));
    const cases = answers.map(([name, , advice]): Refusal => [name, 'pkce', {}, advice]);
    await expectRefusals('Consent link', server.url, good, cases);
    expect(server.asked).toHaveLength(cases.length);
  });

  test('is not sent without a setting it needs', async () => {
    server.answer(login);
    await expectRefusals('Consent link', server.url, good, [
      ['client_id', 'web', { client_id: '' }, 'client_id is empty'],
      ['client_secret', 'web', { client_secret: '' }, 'client_secret is empty'],
      ['scopes', 'web', { scopes: ' ' }, 'scopes is empty'],
      ['redirect_uri', 'pkce', { redirect_uri: '' }, 'redirect_uri is empty'],
      ['a safe redirect_uri', 'pkce', { redirect_uri: 'http://example.com/' }, 'redirect_uri must be a URL'],
      ['a safe authorize_url', 'web', { authorize_url: 'http://login.xero.com/' }, 'authorize_url must be a URL'],
      ['a whole client_secret', 'web', { client_secret: 'fifteen letters' }, 'shorter than 16 characters'],
      ...['0', '61', '1.5', '-1', '14d'].map((days): Refusal => [
        `a lifetime that can be, which ${days} is not`,
        'web',
        { link_days: days },
        'link_days must be a whole number of days from 1 to 60',
      ]),
      ...['client_id', 'client_secret', 'redirect_uri', 'scopes', 'authorize_url'].map((key): Refusal => [
        `a ${key} that is one, and no reference`,
        'web',
        { [key]: 'https://example.com/{{vault:xero-secret}}' },
        `${key} holds a reference in {{ }}`,
      ]),
      ['an app that has links', 'custom_connection', {}, 'app_type is custom_connection'],
    ]);
    expect(server.asked).toEqual([]);
  });

  if (hasCrypto) {
    test('needs no random bytes where scripts have a safe source of their own', async () => {
      server.answer(login);
      const [first, second] = [await send('Consent link', given()), await send('Consent link', given())];
      expect([...first.failures, ...second.failures]).toEqual([]);
      const nonces = [first, second].map(({ changed }) => changed.consent_state);
      expect(nonces[0]).toMatch(/^eg2\./);
      expect(nonces[0]).not.toBe(nonces[1]);
    });
  } else {
    test.each([
      ['no', ''],
      ['63', 'ab'.repeat(63)],
      ['no hexadecimal', 'zz'.repeat(64)],
    ])('is not sent with %s random bytes', async (_name, bytes) => {
      server.answer(login);
      const advice =
        'Newman has no safe source of random numbers: send this in the Postman app, or run npx evergrant consent NAME';
      await expectRefusals('Consent link', server.url, { scopes, random_bytes: bytes }, [
        ['random bytes', 'web', {}, advice],
      ]);
      expect(server.asked).toEqual([]);
    });
  }
});
