import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startSandboxProcess, type PostmanEnvironment, type SandboxProcess } from '../support/sandbox';
import { callApi, connectApp, consentAgain, listConnections, refresh, tokensOf } from './client';

let sandbox: SandboxProcess;
beforeAll(async () => void (sandbox = await startSandboxProcess()));
afterAll(() => sandbox.stop());

describe('a bad request to the control API is refused in one line:', () => {
  test.each([
    ['a clock that goes back', 'POST', 'clock', { advanceSeconds: -1 }, 'advanceSeconds'],
    ['a strange duration', 'POST', 'clock', { advance: 'a while' }, 'a while'],
    ['a fault without its number', 'POST', 'faults', { fault: 'slow', on: 'token' }, 'delayMs'],
    ['an unknown switch', 'PUT', 'variants', { nonsense: 'yes' }, 'nonsense'],
    ['an unknown value of a switch', 'PUT', 'variants', { codeReuse: 'maybe' }, 'codeReuse'],
    ['an unknown event', 'POST', 'events', { event: 'earthquake' }, 'event'],
    [
      'an app on 127.0.0.1',
      'POST',
      'apps',
      { appType: 'web', redirectUris: ['http://127.0.0.1:1/'] },
      'redirectUris.0',
    ],
    ['a strange app', 'POST', 'events', { event: 'revoke', clientId: 'nobody' }, 'no such app'],
  ])('%s', async (_what, method, address, order, words) => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${sandbox.url}/sandbox/${address}`, { method, headers, body: JSON.stringify(order) });
    const { error } = (await response.json()) as { error: string }; // what every refusal holds
    expect([response.status, error.includes('\n'), error.includes(words)]).toEqual([400, false, true]);
  });

  test('text that is not JSON', async () => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${sandbox.url}/sandbox/clock`, { method: 'POST', headers, body: '{"advance":' });
    expect(response.status).toBe(400);
  });
});

describe('the sandbox', () => {
  test('answers on localhost, 127.0.0.1 and [::1], and to no other name', async () => {
    const port = Number(new URL(sandbox.url).port);
    const status = (host: string): Promise<number | undefined> =>
      new Promise((resolve) => {
        const asked = request({ host: '127.0.0.1', port, path: '/sandbox/clock', headers: { host } }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        });
        asked.end();
      });
    expect(await Promise.all(['localhost', `127.0.0.1:${port}`, `[::1]:${port}`, 'evil.example'].map(status))).toEqual([
      200, 200, 200, 403,
    ]);
  });

  test('uses only its own time', async () => {
    const { now } = await sandbox.clock('400d');
    const response = await fetch(sandbox.url);
    const date = Date.parse(response.headers.get('date') ?? '');
    expect(Math.abs(date - Date.parse(now))).toBeLessThan(5_000);
    const { accessToken } = await connectApp(sandbox);
    expect((await callApi(sandbox, '/connections', accessToken)).status).toBe(200);
  });

  test('starts with one older connection of the web app', async () => {
    const environment = await sandbox.environment('web');
    const value = (key: string): string => environment.values.find((row) => row.key === key)?.value ?? '';
    const app = { clientId: value('client_id'), clientSecret: value('client_secret'), redirectUris: [] };
    const { accessToken } = await consentAgain(sandbox, app);
    const [older, newer] = await listConnections(sandbox, accessToken);
    expect([older?.tenantName, newer?.tenantName]).toEqual(['Old Harbour Trading', 'Demo Company (Global)']);
    expect(older?.authEventId).not.toBe(newer?.authEventId);
  });

  test.each(['web', 'pkce', 'custom_connection'] as const)(
    'gives a %s environment made from the template',
    async (appType) => {
      const file = `environments/${appType}.template.postman_environment.json`;
      const template = JSON.parse(await readFile(file, 'utf8')) as PostmanEnvironment; // committed
      const { name, values } = await sandbox.environment(appType, 'trial');
      expect([name, values.map((row) => row.key)]).toEqual(['trial', template.values.map((row) => row.key)]);
      const changed = values.filter((row, index) => row.value !== template.values[index]?.value);
      const expected = {
        authorize_url: `${sandbox.url}/identity/connect/authorize`,
        token_url: `${sandbox.url}/connect/token`,
        revocation_url: `${sandbox.url}/connect/revocation`,
        connections_url: `${sandbox.url}/connections`,
        api_url: `${sandbox.url}/api.xro/2.0`,
        client_id: expect.stringMatching(/^[0-9A-F]{32}$/) as string,
        client_secret: expect.stringMatching(/^.{48}$/) as string,
      };
      const wanted = Object.entries(expected).filter(([key]) => template.values.some((row) => row.key === key));
      expect(Object.fromEntries(changed.map((row) => [row.key, row.value]))).toEqual(Object.fromEntries(wanted));
    },
  );

  test('logs fingerprints, never a secret, and prints nothing', async () => {
    const { app, accessToken, refreshToken } = await connectApp(sandbox);
    const newer = tokensOf(await refresh(sandbox, app, refreshToken));
    const log = JSON.stringify(await sandbox.requests());
    const secrets = [accessToken, refreshToken, newer.refreshToken, String(app.clientSecret)];
    expect(secrets.filter((secret) => log.includes(secret))).toEqual([]);
    expect(sandbox.spoken()).toBe('');
  });

  test('forgets all but apps, users and organisations at a reset', async () => {
    const { app, refreshToken } = await connectApp(sandbox);
    await sandbox.event({ event: 'reset' });
    expect([await sandbox.inspect(refreshToken), await sandbox.requests()]).toEqual(['unknown', []]);
    expect((await consentAgain(sandbox, app)).refreshToken).not.toBe('');
  });
});

describe('with a state file', () => {
  test('a kill right after an answer loses nothing: apps, tokens, connections, clock and switches', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'sandbox-'));
    const stateFile = path.join(folder, 'state.json');
    const before = await startSandboxProcess({ stateFile });
    const { app, refreshToken } = await connectApp(before);
    await before.variants({ expiresInType: 'string' });
    await before.clock('10d');
    const { accessToken, refreshToken: newest } = tokensOf(await refresh(before, app, refreshToken));
    await before.kill();

    const after = await startSandboxProcess({ stateFile });
    expect([await after.inspect(refreshToken), await after.inspect(newest)]).toEqual(['grace', 'live']);
    expect(await listConnections(after, accessToken)).toHaveLength(1);
    expect((await refresh(after, app, newest)).body['expires_in']).toBe('1800');
    expect((await after.clock('1s')).offsetSeconds).toBe(864_001);
    expect((await stat(stateFile)).mode & 0o777).toBe(0o600);
    await after.stop();
    await rm(folder, { recursive: true });
  });

  test('that is not its own does not start', async () => {
    await expect(startSandboxProcess({ stateFile: path.resolve('package.json') })).rejects.toThrow('no state file');
  });
});
