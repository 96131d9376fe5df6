import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startSandboxProcess, type SandboxProcess } from '../support/sandbox';
import { basic, connectApp } from './client';

let sandbox: SandboxProcess;
beforeAll(async () => {
  sandbox = await startSandboxProcess();
});
afterAll(() => sandbox.stop());

const sendOn = async (to: string, request: RequestInit = {}): Promise<[number, unknown]> => {
  const response = await fetch(`${sandbox.url}/sandbox/line?to=${encodeURIComponent(to)}`, request);
  return [response.status, await response.json()];
};

describe('a request that the sandbox sends on', () => {
  test('arrives with its method, headers and body, and brings back the answer', async () => {
    const { app, refreshToken } = await connectApp(sandbox);
    const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken });
    const [status, received] = await sendOn(`${sandbox.url}/connect/token`, {
      method: 'POST',
      headers: basic(app),
      body,
    });
    expect([status, received]).toEqual([
      200,
      { line: 'good', status: 200, body: expect.stringContaining('access_token') },
    ]);
    expect(await sandbox.inspect(refreshToken)).toBe('grace');
  });

  test.each(['lost_before', 'lost_after', 'half_body'])('is answered when %s cuts its line', async (fault) => {
    const { app, refreshToken } = await connectApp(sandbox);
    await sandbox.fault({ fault, on: 'token' });
    const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken });
    const request = { method: 'POST', headers: basic(app), body };
    expect(await sendOn('/connect/token', request)).toEqual([200, { line: 'cut' }]);
  });

  test.each(['https://login.xero.com/', 'http://localhost:1/', 'http://example.com/', '//example.com/', 'http://'])(
    'goes to no other server, such as %s',
    async (to) => {
      expect(await sendOn(to)).toEqual([400, { error: 'to: leads to another server than this sandbox' }]);
    },
  );
});
