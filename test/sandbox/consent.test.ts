import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { consentAsPerson } from '../../scripts/sandbox/control/scripted-user';
import { startSandboxProcess, type SandboxApp, type SandboxProcess } from '../support/sandbox';
import { authEventOf, codeOf, consentLink, exchange, listConnections, pkcePair, redirectUri, tokensOf } from './client';

let sandbox: SandboxProcess;
let apps: Record<'new' | 'old' | 'pkce', SandboxApp>;
beforeAll(async () => {
  sandbox = await startSandboxProcess();
  apps = {
    new: await sandbox.app({ appType: 'web' }),
    old: await sandbox.app({ appType: 'web', createdAt: '2025-06-01T00:00:00Z' }),
    pkce: await sandbox.app({ appType: 'pkce' }),
  };
});
afterAll(() => sandbox.stop());

async function follow(link: string): Promise<{ status: number; location: URL }> {
  const response = await fetch(link, { redirect: 'manual' });
  return { status: response.status, location: new URL(response.headers.get('location') ?? '', link) };
}

async function verdict(link: string): Promise<string> {
  const { status, location } = await follow(link);
  expect(status).toBe(302);
  if (location.pathname !== '/identity/error') return location.pathname;
  const page = await fetch(location);
  const body = await page.text();
  expect([page.status, location.searchParams.has('errorId'), body.includes('Error code: 500')]).toEqual([
    500,
    true,
    true,
  ]);
  return /Error: [^<]*/.exec(body)?.[0] ?? 'no error on the page';
}

describe('a consent link is judged before anyone signs in', () => {
  const login = '/identity/user/login';
  const { challenge } = pkcePair();
  test.each([
    ['a good link leads to the login page', 'new', {}, login],
    [
      'an unknown app',
      'new',
      { client_id: 'F'.repeat(32) },
      'Error: unauthorized_client : Unknown client or client not enabled',
    ],
    [
      'a redirect URI with a slash too many',
      'new',
      { redirect_uri: `${redirectUri}/` },
      'Error: unauthorized_client : Invalid redirect_uri',
    ],
    [
      'a redirect URI on 127.0.0.1',
      'new',
      { redirect_uri: 'http://127.0.0.1:8080/callback' },
      'Error: unauthorized_client : Invalid redirect_uri',
    ],
    ['an unknown scope', 'new', { scope: 'openid accounting.nonsense' }, 'Error: invalid_scope'],
    ['offline_access alone', 'new', { scope: 'offline_access' }, 'Error: invalid_scope'],
    [
      'a broad scope of a new app',
      'new',
      { scope: 'accounting.transactions' },
      'Error: unauthorized_client : Invalid scope for client',
    ],
    ['a broad scope of an old app is fine', 'old', { scope: 'accounting.transactions' }, login],
    [
      'a scope for chosen apps only',
      'new',
      { scope: 'bankfeeds' },
      'Error: unauthorized_client : Invalid scope for client',
    ],
    ['no scope', 'new', { scope: '' }, 'Error: invalid_request : Missing scope'],
    [
      'another response type',
      'new',
      { response_type: 'token' },
      'Error: unsupported_response_type : Response type not supported',
    ],
    ['a PKCE app without a challenge', 'pkce', {}, 'Error: invalid_request : Code challenge required'],
    [
      'a plain challenge',
      'pkce',
      { code_challenge: challenge, code_challenge_method: 'plain' },
      'Error: invalid_request : Transform algorithm not supported',
    ],
    [
      'a PKCE app with an S256 challenge is fine',
      'pkce',
      { code_challenge: challenge, code_challenge_method: 'S256' },
      login,
    ],
    [
      'prompt and acr_values are let through',
      'new',
      { prompt: 'select_account', acr_values: 'bulk_connect:true' },
      login,
    ],
  ] as const)('%s', async (_what, app, changes, expected) => {
    expect(await verdict(consentLink(sandbox, apps[app].clientId, changes))).toBe(expected);
  });

  test('a scope that no consent can give bounces to the app', async () => {
    const link = consentLink(sandbox, apps.new.clientId, { scope: 'openid app.connections' });
    const { status, location } = await follow(link);
    expect([status, location.href]).toEqual([
      302,
      `${redirectUri}?error=access_denied&error_description=Requested%20wrong%20apps%20scopes&state=abc`,
    ]);
  });

  test('a plus between scopes is fine, or is not, as the switch says', async () => {
    const link = consentLink(sandbox, apps.new.clientId).replaceAll('%20', '+');
    expect(await verdict(link)).toBe(login);
    await sandbox.variants({ scopePlus: 'refuse' });
    expect(await verdict(link)).toBe('Error: invalid_scope');
    await sandbox.variants({ scopePlus: 'accept' });
  });

  test('an error page shows only the texts in its address, escaped', async () => {
    const errorId = Buffer.from(JSON.stringify(['<script>', ''])).toString('base64url');
    const body = await (await fetch(`${sandbox.url}/identity/error?errorId=${errorId}`)).text();
    expect(body).not.toContain('<script>');
  });
});

describe('a person', () => {
  test('who allows is sent back with code, scope, state and session_state', async () => {
    const callbackUrl = new URL(await sandbox.consent(consentLink(sandbox, apps.new.clientId)));
    expect(callbackUrl.origin + callbackUrl.pathname).toBe(redirectUri);
    expect([...callbackUrl.searchParams.keys()]).toEqual(['code', 'scope', 'state', 'session_state']);
    expect(callbackUrl.searchParams.get('state')).toBe('abc');
  });

  test('who cancels is sent back with access_denied, a description and state', async () => {
    const callbackUrl = await sandbox.consent(consentLink(sandbox, apps.new.clientId), { cancel: true });
    expect(Object.fromEntries(new URL(callbackUrl).searchParams)).toEqual({
      error: 'access_denied',
      error_description: 'The resource owner denied the request',
      state: 'abc',
    });
  });

  test('can be scripted from any process, and sees why a link is refused', async () => {
    const callbackUrl = await consentAsPerson(consentLink(sandbox, apps.new.clientId));
    expect(codeOf(callbackUrl)).not.toBe('');
    const bad = consentLink(sandbox, apps.new.clientId, { redirect_uri: 'http://localhost:1/elsewhere' });
    await expect(consentAsPerson(bad)).rejects.toThrow('unauthorized_client : Invalid redirect_uri');
    const nobody = consentAsPerson(consentLink(sandbox, apps.new.clientId), { organisations: ['No Such Company'] });
    await expect(nobody).rejects.toThrow('choose at least one organisation');
    await expect(sandbox.consent('http://localhost:1/identity/connect/authorize')).rejects.toThrow('another server');
  });

  test('who leaves a page open for an hour must open the link again', async () => {
    const link = consentLink(sandbox, apps.new.clientId);
    const { location } = await follow(link);
    await sandbox.clock('50m');
    expect(await (await fetch(location)).text()).toContain('Sign in');
    await sandbox.clock('11m');
    const late = await fetch(location);
    expect([late.status, (await late.text()).includes('has expired')]).toEqual([500, true]);
  });

  test('stays signed in for a fortnight, and is asked to allow each time', async () => {
    const cookies = new Map<string, string>();
    const link = consentLink(sandbox, apps.new.clientId);
    const pages: number[] = [];
    for (const pause of ['1s', '13d', '14d']) {
      await sandbox.forgetRequests();
      expect(codeOf(await consentAsPerson(link, {}, cookies))).not.toBe('');
      pages.push((await sandbox.requests()).filter((one) => one.method === 'POST').length);
      await sandbox.clock(pause);
    }
    await sandbox.forgetRequests();
    await consentAsPerson(link, {}, cookies);
    pages.push((await sandbox.requests()).filter((one) => one.method === 'POST').length);
    expect(pages).toEqual([2, 1, 1, 2]);
  });

  test('connects the chosen organisations under one authentication event', async () => {
    const organisations = ['Harbour Lane Bakery', 'Old Harbour Trading'];
    const app = await sandbox.app({ appType: 'web' });
    const callbackUrl = await sandbox.consent(consentLink(sandbox, app.clientId), {
      organisations,
      user: 'sam@example.com',
    });
    const { accessToken } = tokensOf(await exchange(sandbox, app, codeOf(callbackUrl)));
    const listed = await listConnections(sandbox, accessToken);
    expect(listed.map((one) => [one.tenantName, one.authEventId])).toEqual(
      organisations.map((name) => [name, authEventOf(accessToken)]),
    );
  });
});
