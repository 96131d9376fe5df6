import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startSandboxProcess, type SandboxProcess } from '../support/sandbox';
import { basic, callApi, connectApp, refresh } from './client';

let sandbox: SandboxProcess;
beforeAll(async () => void (sandbox = await startSandboxProcess()));
afterEach(() => sandbox.clearFaults());
afterAll(() => sandbox.stop());

interface Heard {
  readonly status: number | 'nothing' | 'half';
  readonly type: string | null;
  readonly text: string;
}

/** What a client hears of one refresh. */
async function listen(url: string, headers: Record<string, string>, refreshToken: string): Promise<Heard> {
  const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken });
  const request: RequestInit = { method: 'POST', redirect: 'manual', headers, body };
  const response = await fetch(`${url}/connect/token`, request).catch(() => undefined);
  if (!response) return { status: 'nothing', type: null, text: '' };
  const text = await response.text().catch(() => undefined);
  return {
    status: text === undefined ? 'half' : response.status,
    type: response.headers.get('content-type'),
    text: text ?? '',
  };
}

describe('a fault on a refresh', () => {
  test.each([
    ['lost_before', {}, 'nothing', 'live', 'lost', null],
    ['lost_after', {}, 'nothing', 'grace', 'lost', null],
    ['half_body', {}, 'half', 'grace', 'half', 200],
    ['half_body', { length: 'unknown' }, 200, 'grace', 'half', 200],
    ['status', { status: 503, retryAfter: 7 }, 503, 'live', 'answered', 503],
    ['status', { status: '502' }, 502, 'live', 'answered', 502],
    ['html', {}, 200, 'live', 'answered', 200],
    ['html_after', {}, 200, 'grace', 'answered', 200],
    ['slow', { delayMs: 50 }, 200, 'grace', 'answered', 200],
    ['no_refresh_token', {}, 200, 'grace', 'answered', 200],
    ['too_big', {}, 200, 'grace', 'answered', 200],
    ['redirect', { location: 'http://localhost:1/' }, 302, 'live', 'answered', 302],
    ['wrong_date', { skewSeconds: 7200 }, 200, 'grace', 'answered', 200],
  ] as const)(
    '%s is played and logged, and uses the token or not',
    async (fault, more, heard, state, outcome, status) => {
      const { app, refreshToken } = await connectApp(sandbox);
      await sandbox.fault({ fault, on: 'token', grantType: 'refresh_token', ...more });
      await sandbox.forgetRequests();
      expect((await listen(sandbox.url, basic(app), refreshToken)).status).toBe(heard);
      expect(await sandbox.inspect(refreshToken)).toBe(state);
      const [entry] = await sandbox.requests();
      expect(entry).toMatchObject({ fault, outcome, status, redeemed: state === 'grace', clientAuth: 'basic' });
      expect((await refresh(sandbox, app, refreshToken)).status).toBe(200);
    },
  );

  test('spoils the answer in the way its name says', async () => {
    const heard = async (order: Record<string, unknown>): Promise<Heard> => {
      const { app, refreshToken } = await connectApp(sandbox);
      await sandbox.fault({ on: 'token', ...order });
      return listen(sandbox.url, basic(app), refreshToken);
    };
    expect(await heard({ fault: 'html' })).toMatchObject({ type: 'text/html; charset=utf-8' });
    expect(JSON.parse((await heard({ fault: 'no_refresh_token' })).text)).not.toHaveProperty('refresh_token');
    expect((await heard({ fault: 'too_big' })).text.length).toBeGreaterThan(1024 * 1024);
    expect(await heard({ fault: 'status', status: 400, body: { error: 'invalid_grant' } })).toMatchObject({
      status: 400,
      text: '{"error":"invalid_grant"}',
    });
  });

  test('is played as many times as asked, and only for requests that match', async () => {
    const { app, refreshToken } = await connectApp(sandbox);
    await sandbox.fault({ fault: 'status', status: 500, on: 'token', times: 2, clientId: app.clientId });
    await sandbox.fault({ fault: 'status', status: 418, on: 'token', grantType: 'client_credentials' });
    const statuses: unknown[] = [];
    for (let turn = 0; turn < 3; turn += 1) statuses.push((await listen(sandbox.url, basic(app), refreshToken)).status);
    expect(statuses).toEqual([500, 500, 200]);
  });
});

describe('a fault elsewhere', () => {
  test('429 on the API says which limit and how long', async () => {
    const { accessToken } = await connectApp(sandbox);
    await sandbox.fault({ fault: 'status', status: 429, retryAfter: 30, rateLimitProblem: 'day', on: 'organisation' });
    const request = { headers: { authorization: `Bearer ${accessToken}` } };
    const response = await fetch(`${sandbox.url}/api.xro/2.0/Organisation`, request);
    expect([
      response.status,
      response.headers.get('x-rate-limit-problem'),
      response.headers.get('retry-after'),
    ]).toEqual([429, 'day', '30']);
  });

  test('an answer lost on /connections is lost there only', async () => {
    const { accessToken } = await connectApp(sandbox);
    await sandbox.fault({ fault: 'lost_before', on: 'connections' });
    await expect(callApi(sandbox, '/connections', accessToken)).rejects.toThrow();
    expect((await callApi(sandbox, '/connections', accessToken)).status).toBe(200);
  });
});
