import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { expectNoSecret } from '../support/leaks';
import { makeWorkplace, type Result, type Workplace } from '../support/program';
import { startXeroServer, type XeroServer } from '../support/xero-server';

let xero: XeroServer;
let place: Workplace;

beforeAll(async () => {
  xero = await startXeroServer();
});

afterAll(() => xero.close());

beforeEach(() => {
  place = makeWorkplace();
});

async function adopt(found: unknown, ...more: string[]): Promise<Result> {
  fs.writeFileSync(path.join(place.folder, 'found.json'), typeof found === 'string' ? found : JSON.stringify(found));
  const result = await place.run(['adopt', 'acme', 'found.json', ...more]);
  expectNoSecret(result.stdout + result.stderr, xero.secrets, 'adopt');
  return result;
}

function row(key: string, value: string): object {
  return { key, value, type: 'text', enabled: true };
}

describe('adopt', () => {
  test.each<[string, (rows: Record<string, string>) => unknown]>([
    [
      'our own environment as Postman exports it today',
      (rows) => JSON.parse(xero.environment('web', 'in postman', rows)),
    ],
    [
      'the same from Postman’s API',
      (rows) => ({ environment: JSON.parse(xero.environment('web', 'x', rows)) as object }),
    ],
    [
      'the same in the old export form',
      (rows) => ({
        id: 'x',
        name: 'x',
        timestamp: 1,
        synced: false,
        values: Object.entries({ ...ourSettings(), ...rows }).map(([key, value]) => ({
          key,
          value,
          type: 'text',
          name: key,
          enabled: true,
        })),
      }),
    ],
    [
      'the environment of Xero’s own collection',
      (rows) => ({
        name: 'OAuth 2.0',
        values: [
          row('client_id', ourSettings()['client_id'] ?? ''),
          row('client_secret', ourSettings()['client_secret'] ?? ''),
          row('refresh_token', rows['refresh_token'] ?? ''),
          row('access_token', rows['access_token'] ?? ''),
          row('xero-tenant-id', 'tenant-1'),
          row('re_directURI', 'http://localhost:8080/callback'),
          row('scopes', 'openid offline_access'),
          row('state', '123'),
        ],
      }),
    ],
  ])('takes over %s, and the next refresh works', async (_, make) => {
    const rows = xero.connectedRows();
    expect(await adopt(make(rows))).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('took over'),
      stderr: expect.stringContaining('only owner'),
    });
    expect(place.rows('acme')).toMatchObject({
      refresh_token: rows['refresh_token'],
      grant_status: 'connected',
      app_type: 'web',
      client_id: ourSettings()['client_id'],
    });
    expect(fs.statSync(place.fileOf('acme')).mode & 0o777).toBe(0o600);
    pointAtServer();
    expect(await place.run(['refresh', 'acme', '--force'])).toMatchObject({ code: 0 });
  });

  test.each<[string, (rows: Record<string, string>) => unknown]>([
    [
      'an xero-node token set',
      (rows) => ({
        ...bare(rows),
        id_token: 'x.y.z',
        expires_at: 1_795_342_000,
        token_type: 'Bearer',
        scope: 'openid offline_access',
        session_state: 's',
      }),
    ],
    [
      'an xero-python token set',
      (rows) => ({
        ...bare(rows),
        expires_in: 1800,
        expires_at: 1_795_342_000.5,
        token_type: 'Bearer',
        scope: ['openid', 'offline_access'],
      }),
    ],
    [
      'an xoauth token file',
      (rows) => ({
        ...bare(rows),
        id_token: 'x.y.z',
        expires_in: 1800,
        token_type: 'Bearer',
        ExpiresAtUtc: '2026-11-22T10:06:40Z',
      }),
    ],
  ])('takes over %s into an environment that has the app', async (_, make) => {
    place.write('acme', xero.environment('web', 'acme'));
    const rows = xero.connectedRows();
    expect(await adopt(make(rows))).toMatchObject({ code: 0 });
    expect(place.rows('acme')).toMatchObject({
      refresh_token: rows['refresh_token'],
      generation: '1',
      access_token_expires_at: expect.stringMatching(/^2026-11-22T10:06:40/),
    });
    expect(await place.run(['refresh', 'acme', '--force'])).toMatchObject({ code: 0 });
  });

  test('never replaces a larger generation', async () => {
    const held = { ...xero.connectedRows(), generation: '7' };
    place.write('acme', xero.environment('web', 'acme', held));
    const before = fs.readFileSync(place.fileOf('acme'), 'utf8');
    for (const generation of ['6', '7', '']) {
      const found = JSON.parse(xero.environment('web', 'x', { ...xero.connectedRows(), generation })) as object;
      expect(await adopt(found)).toMatchObject({ code: 2, stderr: expect.stringContaining('nothing newer') });
    }
    expect(fs.readFileSync(place.fileOf('acme'), 'utf8')).toBe(before);
    expect(
      await adopt(JSON.parse(xero.environment('web', 'x', { ...xero.connectedRows(), generation: '8' }))),
    ).toMatchObject({ code: 0 });
    expect(place.rows('acme')['generation']).toBe('9');
  });

  test('does nothing with tokens that are held already', async () => {
    const held = xero.connectedRows();
    place.write('acme', xero.environment('web', 'acme', held));
    expect(await adopt(JSON.parse(xero.environment('web', 'x', held)))).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('already'),
    });
    expect(place.rows('acme')['generation']).toBe('1');
  });

  test.each<[string, unknown, RegExp]>([
    ['no JSON', 'garbage', /holds no connection/],
    ['something else', { info: {}, item: [] }, /holds no connection/],
    ['an environment without refresh token', { name: 'x', values: [row('client_id', 'x')] }, /has no refresh token/],
    ['a token set without refresh token', { access_token: 'x.y.z' }, /has no refresh token/],
  ])('refuses %s, and makes nothing', async (_, found, message) => {
    expect(await adopt(found)).toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
    expect(fs.existsSync(place.fileOf('acme'))).toBe(false);
  });

  test('refuses the tokens of another app', async () => {
    place.write('acme', xero.environment('pkce', 'acme'));
    expect(await adopt(JSON.parse(xero.environment('web', 'x', xero.connectedRows())))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("another app's"),
    });
  });
});

function ourSettings(): Record<string, string> {
  const { values } = JSON.parse(xero.environment('web', 'x')) as { values: { key: string; value: string }[] };
  return Object.fromEntries(values.map(({ key, value }) => [key, value]));
}

function bare({ access_token, refresh_token }: Record<string, string>): object {
  return { access_token, refresh_token };
}

/** A new environment points at Xero itself; the tests' server stands in. */
function pointAtServer(): void {
  place.write(
    'acme',
    xero.environment('web', 'acme', { ...place.rows('acme'), token_url: ourSettings()['token_url'] ?? '' }),
  );
}
