import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectNoSecret, expectNoSecretInFiles } from '../support/leaks';
import { makeWorkplace, type Result, type Workplace } from '../support/program';
import { startXeroServer, type XeroServer } from '../support/servers/xero-server';

let xero: XeroServer;
let place: Workplace;

beforeAll(async () => {
  xero = await startXeroServer();
  place = makeWorkplace();
});

afterAll(async () => {
  expectNoSecretInFiles(place.folder, xero.secrets);
  await xero.close();
});

/** Runs the program and makes sure that nothing it says is a secret. */
async function evergrant(...args: string[]): Promise<Result> {
  const result = await place.run(args);
  expectNoSecret(result.stdout + result.stderr, xero.secrets, args[0] ?? '');
  return result;
}

describe.each(['web', 'pkce'] as const)('for an app of type %s', (appType) => {
  const name = `acme-${appType}`;
  let before: string;
  let callback: string;

  test('init makes the environment from the template, and never overwrites it', async () => {
    expect(await evergrant('init', name, '--app-type', appType)).toMatchObject({ code: 0 });
    const made = fs.readFileSync(place.fileOf(name), 'utf8');
    expect(fs.statSync(place.fileOf(name)).mode & 0o777).toBe(0o600);
    expect(place.rows(name)).toMatchObject({ app_type: appType, token_url: 'https://identity.xero.com/connect/token' });
    expect(await evergrant('init', name, '--app-type', 'pkce')).toMatchObject({ code: 2 });
    expect(fs.readFileSync(place.fileOf(name), 'utf8')).toBe(made);
  });

  test('consent prints a link that Xero accepts and keeps its state', async () => {
    place.write(name, xero.environment(appType, name));
    const { code, stdout } = await evergrant('consent', name);
    const link = new URL(stdout.trim());
    expect(code).toBe(0);
    expect(stdout).toContain('scope=openid%20offline_access%20accounting.invoices&');
    expect(link.searchParams.get('state')).toBe(place.rows(name)['consent_state']);
    expect(link.searchParams.has('code_challenge')).toBe(appType === 'pkce');
    // After the check of the link, a web app asks how many of its connections are used.
    const last = xero.requests.findLast(({ endpoint }) => endpoint !== 'token');
    expect(last).toMatchObject({ endpoint: 'authorize', method: 'GET' });
    callback = xero.consent(stdout.trim());
  });

  test('exchange finds the environment by the state, stores the tokens and this consent’s organisation', async () => {
    const pasted = ` "${callback.slice(0, 40)}\n  ${callback.slice(40)}"\r\n`;
    const result = await place.run(['exchange'], { input: pasted });
    expectNoSecret(result.stdout + result.stderr, xero.secrets, 'exchange');
    expect(result).toMatchObject({ code: 0, stdout: expect.stringContaining('Maple Bakery') });
    const rows = place.rows(name);
    expect(rows).toMatchObject({
      generation: '1',
      grant_status: 'connected',
      tenant_name: 'Maple Bakery',
      refresh_started_at: '',
    });
    expect(rows['callback_url'] ?? '').toBe('');
    expect(rows['code_verifier'] ?? '').toBe('');
    expect(xero.accepts(rows['refresh_token'] ?? '')).toBe(true);
  });

  test('refresh --force rotates the tokens and changes nothing but the contract’s keys', async () => {
    before = fs.readFileSync(place.fileOf(name), 'utf8');
    const redeemed = xero.redemptions();
    expect(await evergrant('refresh', name, '--force')).toMatchObject({ code: 0 });
    expect(xero.redemptions()).toBe(redeemed + 1);
    const rotated = [
      'access_token',
      'refresh_token',
      'access_token_expires_at',
      'refresh_token_expires_at',
      'generation',
    ];
    expect(masked(fs.readFileSync(place.fileOf(name), 'utf8'), rotated)).toBe(masked(before, rotated));
    expect(place.rows(name)).toMatchObject({ generation: '2', grant_status: 'connected', refresh_started_at: '' });
    expect(xero.accepts(place.rows(name)['refresh_token'] ?? '')).toBe(true);
    expect(fs.statSync(place.fileOf(name)).mode & 0o777).toBe(0o600);
  });

  test('the token request is formed as Xero documents it', () => {
    const request = xero.requests.findLast(({ endpoint }) => endpoint === 'token');
    expect(Object.keys(request?.form ?? {}).sort()).toEqual(
      appType === 'web' ? ['grant_type', 'refresh_token'] : ['client_id', 'grant_type', 'refresh_token'],
    );
    expect(request?.authorization?.startsWith('Basic ')).toBe(appType === 'web' ? true : undefined);
  });

  test('a refresh that is not due sends nothing and writes nothing', async () => {
    const [asked, text] = [xero.requests.length, fs.readFileSync(place.fileOf(name), 'utf8')];
    const { code, stdout } = await evergrant('refresh', name, '--json');
    expect({ code, ...(JSON.parse(stdout) as object) }).toEqual({
      code: 0,
      results: [expect.objectContaining({ environment: name, outcome: 'not_due', generation: 2, error: null })],
    });
    expect(xero.requests.length).toBe(asked);
    expect(fs.readFileSync(place.fileOf(name), 'utf8')).toBe(text);
  });

  test('--dry-run says what would be done, sends nothing and writes nothing', async () => {
    const [asked, text] = [xero.requests.length, fs.readFileSync(place.fileOf(name), 'utf8')];
    expect(await evergrant('refresh', name, '--force', '--dry-run')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('would be refreshed'),
    });
    expect(xero.requests.length).toBe(asked);
    expect(fs.readFileSync(place.fileOf(name), 'utf8')).toBe(text);
  });

  test('token prints the access token and nothing else', async () => {
    const { access_token: accessToken = '' } = place.rows(name);
    expect(await place.run(['token', name])).toEqual({ code: 0, stdout: `${accessToken}\n`, stderr: '' });
    expect((await place.run(['token', name, '--header'])).stdout).toBe(`Authorization: Bearer ${accessToken}\n`);
  });

  test('token refreshes first when too little is left', async () => {
    place.write(
      name,
      xero.environment(appType, name, {
        ...place.rows(name),
        access_token_expires_at: new Date(Date.now() + 200_000).toISOString(),
      }),
    );
    const { code, stdout } = await place.run(['token', name]);
    expect({ code, token: stdout.trim() }).toEqual({ code: 0, token: place.rows(name)['access_token'] });
    expect(place.rows(name)['generation']).toBe('3');
  });

  test('connections lists all of the user’s and marks this environment’s', async () => {
    const { code, stdout } = await evergrant('connections', name);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ {2}Older Ltd/m);
    expect(stdout).toMatch(/^\* Maple Bakery/m);
  });

  test('status shows the connection in the contract’s JSON', async () => {
    const { stdout } = await evergrant('status', name, '--json');
    const rows = place.rows(name);
    expect(JSON.parse(stdout)).toMatchObject({
      environments: [
        {
          environment: name,
          appType,
          state: 'connected',
          tenantName: 'Maple Bakery',
          accessTokenExpiresAt: rows['access_token_expires_at'],
          refreshTokenExpiresAt: rows['refresh_token_expires_at'],
          error: null,
        },
      ],
    });
  });

  test('--report writes an HTML page without a secret', async () => {
    const { code } = await evergrant('refresh', name, '--force', '--report', 'reports');
    const page = fs.readFileSync(path.join(place.folder, 'reports', `${name}-refresh-tokens.html`), 'utf8');
    expect(code).toBe(0);
    expect(page).toContain('[secret]');
    expect(page).toContain('Refresh tokens');
  });

  test('revoke disconnects at Xero and marks the file', async () => {
    const { refresh_token: token = '' } = place.rows(name);
    expect(await evergrant('revoke', name)).toMatchObject({ code: 0 });
    expect(xero.accepts(token)).toBe(false);
    expect(place.rows(name)).toMatchObject({ grant_status: 'consent_needed', refresh_token: '', access_token: '' });
    const asked = xero.requests.length;
    expect(await evergrant('refresh', name, '--force')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining(`npx evergrant consent ${name}`),
    });
    expect(xero.requests.length).toBe(asked);
  });
});

describe('for a custom connection', () => {
  test('refresh gets an access token with the secret alone, and no scope', async () => {
    place.write('own', xero.environment('custom_connection', 'own'));
    expect(await evergrant('refresh', 'own')).toMatchObject({ code: 0 });
    expect(xero.requests.at(-1)?.form).toEqual({ grant_type: 'client_credentials' });
    expect(place.rows('own')).toMatchObject({
      generation: '1',
      grant_status: 'connected',
      tenant_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  test('token, status and connections work without a refresh token', async () => {
    expect((await place.run(['token', 'own'])).stdout.trim()).toBe(place.rows('own')['access_token']);
    expect(await evergrant('status', 'own')).toMatchObject({ code: 0, stdout: expect.stringContaining('connected') });
    expect(await evergrant('connections', 'own')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('* Maple Bakery'),
    });
  });

  test.each(['consent', 'revoke'])('%s says that Xero’s portal is the place', async (command) => {
    expect(await evergrant(command, 'own')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("Xero's portal"),
    });
  });
});

/** An environment's text with the values of some rows blotted out. */
function masked(text: string, keys: readonly string[]): string {
  const file = JSON.parse(text) as { values: { key: string; value: unknown }[] };
  for (const row of file.values) if (keys.includes(row.key)) row.value = '…';
  return JSON.stringify(file);
}
