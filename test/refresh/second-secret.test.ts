import { expect, test } from 'vitest';
import { type Environment } from '../../scripts/environment/environment';
import { parseEnvironment } from '../../scripts/environment/parse';
import { settingsOf, type Settings } from '../../scripts/environment/settings';
import { tryingSecrets } from '../../scripts/refresh/second-secret';
import type { Answer } from '../../scripts/refresh/token-answer';
import { environmentText } from '../support/servers/xero-server';

const refusal: Answer = { kind: 'answer', status: 400, headers: {}, body: '{"error":"invalid_client"}' };
const grant: Answer = { kind: 'answer', status: 200, headers: {}, body: '{}' };

/** Each test has a client of its own: what was taken is remembered for a client. */
let clients = 0;

function settings(rows: Readonly<Record<string, string>>, env = {}, former = ''): Settings {
  const text = environmentText('acme', {
    app_type: 'web',
    client_id: `client-${++clients}`,
    client_secret: 'new',
    token_url: 'https://identity.xero.com/connect/token',
    ...rows,
  });
  const parsed = parseEnvironment(text, 'acme', 'acme');
  const app = { name: 'books', where: 'books', values: { client_secret_previous: former } };
  return settingsOf(former === '' ? parsed : { ...parsed, app }, env, 'acme');
}

/** Sends with a server that takes some secrets: which were tried, and what came of it. */
async function send(own: Settings, env: object, takes: (secret: string) => Answer) {
  const [tried, passed, remembered]: [string[], Answer[], string[]] = [[], [], []];
  const remember = async (_: Environment, secret: string): Promise<void> => void remembered.push(secret);
  const ask = tryingSecrets(
    async (sent: Settings, _request: string, onAnswer: (answer: Answer) => void) => {
      const secret = sent.value('client_secret');
      tried.push(secret);
      onAnswer(takes(secret));
    },
    { env: { ...env }, remember },
  );
  await ask(own, 'Refresh tokens', (answer) => passed.push(answer));
  return { tried, passed, remembered };
}

const previous = { XERO_CLIENT_SECRET_PREVIOUS: 'old' };
const only = (good: string) => (secret: string) => (secret === good ? grant : refusal);

test('where the secret is refused, the one before it is tried, and only that answer counts', async () => {
  const { tried, passed, remembered } = await send(settings({}, previous), previous, only('old'));
  expect([tried, passed, remembered]).toEqual([['new', 'old'], [grant], ['old']]);
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
  expect((await send(settings({}, previous), previous, () => refusal)).passed).toEqual([refusal]);
});

test.each<[string, Answer]>([
  ['a refused refresh token', { ...refusal, body: '{"error":"invalid_grant"}' }],
  ['no answer', { kind: 'lost', code: 'ECONNRESET', sent: true }],
  ['a server that is out of order', { ...refusal, status: 503, body: '' }],
])('%s says nothing about the secret', async (_, answer) => {
  const { tried, passed } = await send(settings({}, previous), previous, () => answer);
  expect([tried, passed]).toEqual([['new'], [answer]]);
});

test('a secret from outside goes to no host that is not known', async () => {
  const own = settings({ token_url: 'https://elsewhere.example.com/token' });
  expect((await send({ ...own, linkSecrets: ['new', 'old'] }, previous, () => refusal)).tried).toEqual(['new']);
});

test('a PKCE app has no secret to try', async () => {
  const own = settings({ app_type: 'pkce', client_secret: '' }, previous);
  expect((await send(own, previous, () => refusal)).tried).toEqual(['']);
});
