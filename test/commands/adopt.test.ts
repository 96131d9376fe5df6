import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { expectNoSecret } from '../support/leaks';
import { refusal } from '../support/refusal';
import { makeWorkplace, type Result, type Workplace } from '../support/program';
import { startXeroServer, type XeroServer } from '../support/servers/xero-server';

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
      (rows) => JSON.parse(xero.environment('web', 'in postman', rows)) as object,
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
      stderr: expect.stringMatching(/^\S+ still holds them: delete it\n$/),
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

  test('does nothing with tokens that the environment has already', async () => {
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

  test('refuses a token that is too long, and one alone for a custom connection', async () => {
    const tooLong = await place.run(['adopt', 'acme', '-', '--app-type', 'web'], { input: 'x'.repeat(20_000) });
    expect(tooLong).toMatchObject(
      refusal(2, /it has more than 16384 characters/, /a file with the refresh token alone/),
    );
    const input = xero.connectedRows()['refresh_token'] ?? '';
    expect(await place.run(['adopt', 'acme', '-', '--app-type', 'custom_connection'], { input })).toMatchObject(
      refusal(2, /a refresh token alone, and a custom connection has none/, /--app-type web/),
    );
    expect(fs.existsSync(place.fileOf('acme'))).toBe(false);
  });

  test('takes a bare refresh token from standard input, once it knows what app it is for', async () => {
    const rows = xero.connectedRows();
    const input = `${rows['refresh_token']}\n`;
    const refused = await place.run(['adopt', 'acme', '-'], { input });
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('--app-type web') });
    expect(fs.existsSync(place.fileOf('acme'))).toBe(false);
    const taken = await place.run(['import', 'acme', '-', '--app-type', 'web'], { input });
    expect(taken).toMatchObject({
      code: 0,
      stdout: 'acme: took over a refresh token from standard input\n',
      stderr: expect.stringContaining('client_id is missing'),
    });
    expect(taken.stderr).not.toContain('delete it');
    expectNoSecret(refused.stderr + taken.stderr, xero.secrets, 'adopt -');
    place.write('acme', xero.environment('web', 'acme', { refresh_token: rows['refresh_token'] ?? '' }));
    expect(await place.run(['refresh', 'acme', '--force'])).toMatchObject({ code: 0 });
  });

  test('takes one environment of a data dump', async () => {
    const rows = xero.connectedRows();
    const environments = ['Acme Pty Ltd', 'Birch'].map(
      (name) => JSON.parse(xero.environment('web', name, rows)) as object,
    );
    const dump = { version: 1, collections: [], environments, globals: [] };
    expect(await adopt(dump)).toMatchObject({ code: 2, stderr: expect.stringContaining("--from 'Acme Pty Ltd'") });
    expect(await adopt(dump, '--from', 'Acme Pty Ltd')).toMatchObject({
      code: 0,
      stdout: 'acme: took over a Postman environment (Acme Pty Ltd) from found.json\n',
    });
    expect(await place.run(['refresh', 'acme', '--force'])).toMatchObject({ code: 0 });
  });

  test('of an app whose secret is a reference, or blank, lets the secret come from outside', async () => {
    for (const [name, kept] of Object.entries({ vault: '{{vault:xero-secret}}', blank: '' })) {
      const rows = xero.connectedRows();
      const found = JSON.parse(xero.environment('web', 'x', { ...rows, client_secret: kept, app_type: '' })) as object;
      fs.writeFileSync(path.join(place.folder, 'found.json'), JSON.stringify(found));
      expect(await place.run(['adopt', name, 'found.json'])).toMatchObject({ code: 0 });
      expect(place.rows(name)).toMatchObject({ app_type: 'web', client_secret: '' });
      const variables = { XERO_CLIENT_SECRET: ourSettings()['client_secret'] ?? '' };
      expect(await place.run(['refresh', name, '--force'], { variables })).toMatchObject({ code: 0 });
    }
  });

  test('in YAML, with its secret in a vault, says where that is, and to nobody what the others are', async () => {
    const { values: rows } = JSON.parse(xero.environment('web', 'x', xero.connectedRows())) as {
      values: { key: string; value: string }[];
    };
    const values = rows
      .filter(({ key }) => key !== 'client_secret')
      .map(({ key, value }) => `  - key: ${key}\n    value: ${JSON.stringify(value)}\n    enabled: true\n`);
    const vaulted = '  - key: client_secret\n    type: secret\n    source:\n      provider: postman\n';
    fs.writeFileSync(path.join(place.folder, 'x.environment.yaml'), `name: x\nvalues:\n${values.join('')}${vaulted}`);
    const { code, stdout, stderr } = await place.run(['adopt', 'acme', 'x.environment.yaml']);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringContaining('took over a Postman environment (x)'),
    });
    expect(stderr).toContain('note: the value of client_secret is in a vault, and not in x.environment.yaml');
    expect(stdout + stderr).not.toContain(xero.connectedRows()['refresh_token']);
    const variables = { XERO_CLIENT_SECRET: ourSettings()['client_secret'] ?? '' };
    expect(await place.run(['refresh', 'acme', '--force'], { variables })).toMatchObject({ code: 0 });
  });

  test('takes no address of an unknown host, and says so', async () => {
    const rows = { ...xero.connectedRows(), connections_url: 'https://collector.example/connections' };
    expect(await adopt(JSON.parse(xero.environment('web', 'x', rows)))).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('note: connections_url there leads to a host that is not known here'),
    });
    expect(place.rows('acme')['connections_url']).toBe('https://api.xero.com/connections');
    const other = { ...xero.connectedRows(), token_url: 'https://collector.example/token' };
    fs.rmSync(place.fileOf('acme'));
    expect(await adopt(JSON.parse(xero.environment('web', 'x', other)))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("not Xero's, but of collector.example"),
    });
    expect(fs.existsSync(place.fileOf('acme'))).toBe(false);
  });

  test('never replaces a live or an expected organisation by another', async () => {
    const rows = { ...xero.connectedRows(), tenant_id: 'theirs', generation: '9' };
    const found = JSON.parse(xero.environment('web', 'x', rows)) as object;
    for (const held of [{ ...xero.connectedRows(), tenant_id: 'ours' }, { expected_tenant: 'ours' }]) {
      place.write('acme', xero.environment('web', 'acme', held));
      const before = fs.readFileSync(place.fileOf('acme'), 'utf8');
      expect(await adopt(found)).toMatchObject({ code: 2, stderr: expect.stringContaining('for another') });
      expect(fs.readFileSync(place.fileOf('acme'), 'utf8')).toBe(before);
    }
    expect(await adopt({ ...bare(rows) })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('does not say whose'),
    });
  });

  test('names a file that does not exist, and takes nothing over', async () => {
    expect(await place.run(['adopt', 'acme', 'nowhere.json'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there is no file nowhere.json'),
    });
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
