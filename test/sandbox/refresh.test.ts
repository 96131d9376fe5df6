import { decodeJwt } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startSandboxProcess, type SandboxProcess, type Variants } from '../support/sandbox';
import { callApi, connectApp, consentAgain, exchange, codeOf, consentLink, refresh, tokensOf } from './client';

const dead = { status: 400, body: { error: 'invalid_grant' } };
let sandbox: SandboxProcess;
let defaults: Variants;
beforeAll(async () => {
  sandbox = await startSandboxProcess();
  defaults = await sandbox.variants({});
});
afterEach(() => sandbox.variants(defaults));
afterAll(() => sandbox.stop());

describe('a refresh token', () => {
  test('is rotated on every use', async () => {
    const { app, refreshToken } = await connectApp(sandbox);
    const answer = await refresh(sandbox, app, refreshToken);
    expect(Object.keys(answer.body)).toEqual(['access_token', 'expires_in', 'token_type', 'refresh_token', 'scope']);
    expect(tokensOf(answer).refreshToken).not.toBe(refreshToken);
  });

  test('ends after 60 days without use, and not when it is used', async () => {
    const [idle, used] = [await connectApp(sandbox), await connectApp(sandbox)];
    await sandbox.clock('59d');
    const second = tokensOf(await refresh(sandbox, used.app, used.refreshToken));
    await sandbox.clock('2d');
    expect(await refresh(sandbox, idle.app, idle.refreshToken)).toEqual(dead);
    await sandbox.clock('57d');
    expect((await refresh(sandbox, used.app, second.refreshToken)).status).toBe(200);
  });

  test('may be retried for 30 minutes after its first use, any number of times', async () => {
    const { app, refreshToken } = await connectApp(sandbox);
    const states = [await sandbox.inspect(refreshToken)];
    await refresh(sandbox, app, refreshToken);
    for (const pause of ['14m', '15m', '50s']) {
      await sandbox.clock(pause);
      states.push(await sandbox.inspect(refreshToken));
      expect((await refresh(sandbox, app, refreshToken)).status).toBe(200);
    }
    await sandbox.clock('11s');
    states.push(await sandbox.inspect(refreshToken), await sandbox.inspect('never-issued'));
    expect(states).toEqual(['live', 'grace', 'grace', 'grace', 'dead', 'unknown']);
    expect(await refresh(sandbox, app, refreshToken)).toEqual(dead);
  });

  test('refused after its grace period leaves the newer ones alone', async () => {
    const { app, refreshToken } = await connectApp(sandbox);
    const newer = tokensOf(await refresh(sandbox, app, refreshToken));
    await sandbox.clock('31m');
    expect(await refresh(sandbox, app, refreshToken)).toEqual(dead);
    expect(await sandbox.inspect(newer.refreshToken)).toBe('live');
  });

  test('of another app is refused', async () => {
    const [one, other] = [await connectApp(sandbox), await connectApp(sandbox)];
    expect(await refresh(sandbox, one.app, other.refreshToken)).toEqual(dead);
    expect(await sandbox.inspect(other.refreshToken)).toBe('live');
  });
});

describe('where sources conflict, a variant makes', () => {
  test.each([
    ['new', 2],
    ['same', 1],
  ] as const)('a retry in grace bring a %s pair', async (graceAnswer, pairs) => {
    await sandbox.variants({ graceAnswer });
    const { app, refreshToken } = await connectApp(sandbox);
    const answers = [await refresh(sandbox, app, refreshToken), await refresh(sandbox, app, refreshToken)];
    expect(answers.map((answer) => answer.status)).toEqual([200, 200]);
    expect(new Set(answers.map((answer) => tokensOf(answer).refreshToken)).size).toBe(pairs);
    for (const answer of answers) expect(await sandbox.inspect(tokensOf(answer).refreshToken)).toBe('live');
  });

  test('the same pair say how long its access token still lives', async () => {
    await sandbox.variants({ graceAnswer: 'same' });
    const { app, refreshToken } = await connectApp(sandbox);
    await refresh(sandbox, app, refreshToken);
    await sandbox.clock('10m');
    expect(Number((await refresh(sandbox, app, refreshToken)).body['expires_in'])).toBeLessThanOrEqual(1200);
  });

  test('the grace period end when the successor is used', async () => {
    await sandbox.variants({ graceEndsOn: 'successor_use' });
    const { app, refreshToken } = await connectApp(sandbox);
    const second = tokensOf(await refresh(sandbox, app, refreshToken));
    expect(await sandbox.inspect(refreshToken)).toBe('grace');
    await refresh(sandbox, app, second.refreshToken);
    expect(await refresh(sandbox, app, refreshToken)).toEqual(dead);
  });

  test('reuse after grace kill the family', async () => {
    await sandbox.variants({ reuseAfterGrace: 'kill_family' });
    const { app, refreshToken } = await connectApp(sandbox);
    const second = tokensOf(await refresh(sandbox, app, refreshToken));
    await sandbox.clock('31m');
    expect(await refresh(sandbox, app, refreshToken)).toEqual(dead);
    expect(await refresh(sandbox, app, second.refreshToken)).toEqual(dead);
  });

  test('only the newest of two chains live', async () => {
    await sandbox.variants({ twoChains: 'newest_only' });
    const { app, refreshToken } = await connectApp(sandbox);
    const first = tokensOf(await refresh(sandbox, app, refreshToken));
    const second = tokensOf(await refresh(sandbox, app, refreshToken));
    expect([await sandbox.inspect(first.refreshToken), await sandbox.inspect(second.refreshToken)]).toEqual([
      'dead',
      'live',
    ]);
  });

  test('the old access token die at refresh', async () => {
    const { app, accessToken, refreshToken } = await connectApp(sandbox);
    const second = tokensOf(await refresh(sandbox, app, refreshToken));
    const statuses = async (): Promise<number[]> =>
      Promise.all(
        [accessToken, second.accessToken].map(async (token) => (await callApi(sandbox, '/connections', token)).status),
      );
    expect(await statuses()).toEqual([200, 200]);
    await sandbox.variants({ oldAccessTokenDiesAtRefresh: 'yes' });
    expect(await statuses()).toEqual([401, 200]);
  });

  test.each([
    ['keeps', 'live'],
    ['supersedes', 'dead'],
  ] as const)('a second consent: %s, so the older refresh token is %s', async (secondConsent, state) => {
    await sandbox.variants({ secondConsent });
    const { app, refreshToken } = await connectApp(sandbox);
    await consentAgain(sandbox, app);
    expect(await sandbox.inspect(refreshToken)).toBe(state);
  });

  test('a refresh bring an id_token, and expires_in be a string', async () => {
    await sandbox.variants({ refreshIdToken: 'yes', expiresInType: 'string' });
    const { app, refreshToken } = await connectApp(sandbox);
    const { body } = await refresh(sandbox, app, refreshToken);
    expect([decodeJwt(String(body['id_token'])).aud, body['expires_in']]).toEqual([app.clientId, '1800']);
  });

  test('invalid_client a 401', async () => {
    await sandbox.variants({ invalidClientStatus: '401' });
    const { app, refreshToken } = await connectApp(sandbox);
    const answer = await refresh(sandbox, { ...app, clientSecret: 'wrong' }, refreshToken);
    expect(answer).toEqual({ status: 401, body: { error: 'invalid_client' } });
  });

  test('a code’s reuse revoke what came of it', async () => {
    await sandbox.variants({ codeReuse: 'revoke' });
    const app = await sandbox.app({ appType: 'web' });
    const code = codeOf(await sandbox.consent(consentLink(sandbox, app.clientId)));
    const { accessToken, refreshToken } = tokensOf(await exchange(sandbox, app, code));
    expect(await exchange(sandbox, app, code)).toEqual(dead);
    expect(await sandbox.inspect(refreshToken)).toBe('dead');
    expect((await callApi(sandbox, '/connections', accessToken)).status).toBe(401);
  });
});
