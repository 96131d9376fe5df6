import { describe, expect, test } from 'vitest';
import { type Environment } from '../../scripts/environment/environment';
import { parseEnvironment } from '../../scripts/environment/parse';
import { settingsOf, type Settings } from '../../scripts/environment/settings';
import { tryingSecrets } from '../../scripts/refresh/second-secret';
import type { Verdict } from '../../scripts/refresh/token-answer';
import type { Rows } from '../support/environments';
import { environmentText } from '../support/servers/xero-server';
import { answer } from './support/fake-xero';
import { connected, granted, outcomeOf, world } from './support/refresh-world';

const refusal: Verdict = { kind: 'clientRejected', code: 'invalid_client' };
const grant: Verdict = { kind: 'granted', tokens: { accessToken: 'a', expiresInSeconds: 1800 } };

const tokenUrl = 'https://identity.xero.com/connect/token';

/** Each test has a client of its own: what was taken is remembered for a client. */
let clients = 0;

function settings(rows: Readonly<Record<string, string>>, env = {}, former = ''): Settings {
  const text = environmentText('acme', {
    app_type: 'web',
    client_id: `client-${++clients}`,
    client_secret: 'new',
    token_url: tokenUrl,
    ...rows,
  });
  const parsed = parseEnvironment(text, 'acme', 'acme');
  const app = { name: 'books', where: 'books', values: { client_secret_previous: former } };
  return settingsOf(former === '' ? parsed : { ...parsed, app }, env, 'acme');
}

/** Sends to a server that takes some secrets: which were tried, and what came of it. */
async function send(own: Settings, env: object, takes: (secret: string) => Verdict) {
  const [tried, remembered]: [string[], string[]] = [[], []];
  const remember = async (_: Environment, secret: string): Promise<void> => void remembered.push(secret);
  const verdict = await tryingSecrets(own, { env: { ...env }, remember }, async (sent) => {
    const secret = sent.value('client_secret');
    tried.push(secret);
    return takes(secret);
  });
  return { tried, verdict, remembered };
}

const previous = { XERO_CLIENT_SECRET_PREVIOUS: 'old' };
const only = (good: string) => (secret: string) => (secret === good ? grant : refusal);

test('where the secret is refused, the one before it is tried, and only that answer counts', async () => {
  const { tried, verdict, remembered } = await send(settings({}, previous), previous, only('old'));
  expect([tried, verdict, remembered]).toEqual([['new', 'old'], grant, ['old']]);
});

test('the one that was taken is the first to be tried from then on', async () => {
  const own = settings({}, previous);
  await send(own, previous, only('old'));
  expect((await send(own, previous, only('old'))).tried).toEqual(['old']);
  expect((await send(own, previous, only('new'))).tried).toEqual(['old', 'new']);
  expect((await send(own, previous, only('new'))).tried).toEqual(['new']);
});

test('the secret that an app had before is one, too', async () => {
  expect((await send(settings({}, {}, 'former'), {}, only('former'))).tried).toEqual(['new', 'former']);
});

test('a secret that is taken is the only one that is sent', async () => {
  expect((await send(settings({}, previous), previous, only('new'))).tried).toEqual(['new']);
});

test('where both are refused, it is said once', async () => {
  expect((await send(settings({}, previous), previous, () => refusal)).verdict).toEqual(refusal);
});

test.each<[string, Verdict]>([
  ['a refused refresh token', { kind: 'invalidGrant', code: 'invalid_grant' }],
  ['another fault of the app', { kind: 'clientRejected', code: 'unauthorized_client' }],
  ['no answer', { kind: 'transient', reason: 'no answer (ECONNRESET)', mayBeSpent: true }],
])('%s says nothing about the secret', async (_, answer) => {
  const { tried, verdict } = await send(settings({}, previous), previous, () => answer);
  expect([tried, verdict]).toEqual([['new'], answer]);
});

test('a secret from outside goes to no host that is not known', async () => {
  const own = settings({ token_url: 'https://elsewhere.example.com/token' });
  expect((await send({ ...own, linkSecrets: ['new', 'old'] }, previous, () => refusal)).tried).toEqual(['new']);
});

test('a PKCE app has no secret to try', async () => {
  const own = settings({ app_type: 'pkce', client_secret: '' }, previous);
  expect((await send(own, previous, () => refusal)).tried).toEqual(['']);
});

describe('in a refresh', () => {
  const rows = (): Rows => ({
    ...connected,
    client_id: `client-${++clients}`,
    client_secret: 'new',
    token_url: tokenUrl,
  });
  const bad = answer(400, { error: 'invalid_client' });

  test('tokens are safe before it is noted which secret brought them', async () => {
    const remember = async (): Promise<void> => void given.steps.push('remember');
    const given = world(rows(), [bad, granted], { env: previous, remember });
    expect(await outcomeOf(given)).toBe('refreshed');
    const wanted = ['ask', 'keep', 'settle', 'remember', 'release'];
    expect(given.steps.filter((step) => wanted.includes(step))).toEqual(['ask', ...wanted]);
  });

  test('the other one is not sent once somebody else may hold the environment', async () => {
    const given = world(rows(), [bad, granted], { env: previous });
    const mayStillSend = (): boolean => given.asked.length === 0;
    expect(await outcomeOf({ ...given, options: { ...given.options, mayStillSend } })).toBe('busy lock_lost');
    expect([given.asked.length, given.disk.rows['access_token']]).toEqual([1, 'access-1']);
  });
});
