import fs from 'node:fs';
import net from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectNoSecret } from '../support/leaks';
import { startXeroServer, type XeroServer } from '../support/servers/xero-server';
import { basic, serveIn, startServing, type Answer, type Client, type Serving } from './support/serving';

let xero: XeroServer;
let serving: Serving;
let one: Client;
let all: Client;

beforeAll(async () => {
  xero = await startXeroServer();
  serving = await startServing(xero, { acme: {}, birch: {} });
  [one, all] = [await serving.client('one', ['acme']), await serving.client('all')];
});

afterAll(async () => {
  await serving.stop();
  await xero.close();
  expectNoSecret(serving.running.said(), [...xero.secrets, one.secret, all.secret], 'the log');
});

type Headers = Readonly<Record<string, string>>;
const own = { 'x-evergrant': '1' };
const tokenOf = (name: string): string => `/v1/environments/${name}/token`;

/** Asks by TCP, as one who knows the secret of the client that may have all. */
const knowing = (target: string, headers: Headers = {}): Promise<Answer> =>
  serving.ask(target, { isByTcp: true, headers: { ...own, authorization: basic(all.id, all.secret), ...headers } });

describe('the plain door', () => {
  test('gives a token to whoever may use the socket, and to a client by TCP', async () => {
    const answers = [await serving.ask(tokenOf('acme'), { headers: own }), await knowing(tokenOf('acme'))];
    const token = serving.place.rows('acme')['access_token'];
    expect(answers).toMatchObject([
      { status: 200, json: { access_token: token, environment: 'acme' } },
      { status: 200, json: { access_token: token } },
    ]);
  });

  test('refreshes first for as much validity as is asked for', async () => {
    const before = xero.redemptions();
    const answer = await serving.ask(`${tokenOf('birch')}?min_validity=25m`, { headers: own });
    expect([answer.status, xero.redemptions() - before]).toEqual([200, 0]);
    for (const text of ['26m', 'soon', '']) {
      const refused = await serving.ask(`${tokenOf('birch')}?min_validity=${text}`, { headers: own });
      expect([text, refused.status]).toEqual([text, 400]);
    }
  });

  test('shows a client what it may have, and nothing of others', async () => {
    const headers = { ...own, authorization: basic(one.id, one.secret) };
    const ask = (target: string) => serving.ask(target, { headers });
    const [status, metrics, board] = await Promise.all(['/v1/status', '/metrics', '/'].map(ask));
    expect(status?.json).toMatchObject({ environments: [{ environment: 'acme', state: 'connected' }] });
    for (const answer of [status, metrics, board]) {
      expect(answer?.status).toBe(200);
      expect(answer?.text).toContain('acme');
      expect(answer?.text).not.toContain('birch');
    }
    const [foreign, nowhere] = await Promise.all([tokenOf('birch'), tokenOf('nobody')].map(ask));
    expect([foreign?.status, foreign?.text]).toEqual([404, nowhere?.text]);
  });

  test('has metrics of its clients, and a board that loads nothing from elsewhere', async () => {
    await knowing(tokenOf('acme'));
    expect((await knowing('/metrics')).text).toMatch(
      /evergrant_serve_requests_total\{client="all",outcome="served"\} \d/,
    );
    const board = await knowing('/');
    expect(board.headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', 'x-frame-options': 'DENY' });
    expect(board.text).not.toMatch(/(src|href)=/);
    expectNoSecret(board.text, xero.secrets, 'the board');
  });

  test.each(['/health', '/health/live', '/health/ready'])('%s is for everybody', async (target) => {
    expect(await serving.ask(target, { isByTcp: true, headers: { host: '10.1.2.3' } })).toMatchObject({ status: 200 });
  });

  test('is not ready without its environments', async () => {
    const { folder } = serving.place;
    fs.renameSync(`${folder}/environments`, `${folder}/elsewhere`);
    await expect.poll(async () => (await serving.ask('/health/ready')).status, { timeout: 5000 }).toBe(503);
    expect(await serving.ask('/health/live')).toMatchObject({ status: 200 });
    fs.renameSync(`${folder}/elsewhere`, `${folder}/environments`);
    await expect.poll(async () => (await serving.ask('/health/ready')).status, { timeout: 5000 }).toBe(200);
  });
});

const everything = [tokenOf('acme'), '/v1/status', '/metrics', '/'];

describe('nobody gets anything', () => {
  test.each(everything)('by TCP without a client, of %s', async (target) => {
    const answer = await serving.ask(target, { isByTcp: true, headers: own });
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, expect.stringMatching(/^Basic /)]);
    const wrong = await knowing(target, { authorization: basic(all.id, one.secret) });
    expect(wrong.status).toBe(401);
  });

  test.each([tokenOf('acme'), '/v1/status'])('without the header of its own, of %s', async (target) => {
    expect(await serving.ask(target)).toMatchObject({ status: 403 });
    expect(await knowing(target, { 'x-evergrant': '' })).toMatchObject({ status: 403 });
  });

  test.each<[string, Headers]>([
    ['a page that has rebound its name to this machine', { host: 'evil.example' }],
    ['the same, with a name that looks like ours', { host: 'localhost.evil.example:8099' }],
    ['a host that holds another', { host: 'localhost:8099@evil.example' }],
    ['a page of another origin', { origin: 'https://evil.example' }],
    ['a page from a file', { origin: 'null' }],
    [
      'an image on another page',
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
    ],
    ['a page on another port', { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }],
    [
      'a frame on another page',
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
    ],
    ['a proxy that nobody trusts', { 'x-forwarded-for': '10.0.0.1' }],
    ['a proxy that says so by the standard', { forwarded: 'for=10.0.0.1' }],
    ['a proxy that says by which way', { via: '1.1 cache' }],
    ['one that rewrites', { 'x-original-url': '/' }],
  ])('by %s', async (_, headers) => {
    for (const target of everything) {
      const { status, text } = await knowing(target, headers);
      expect([target, status]).toEqual([target, 403]);
      expect(text).not.toContain('acme');
    }
  });

  test('through a proxy that hands on to the socket, without a client', async () => {
    const place = await serveIn(serving.place, ['--trust-proxy'], {}, 'proxied');
    const handedOn = { ...own, 'x-forwarded-for': '10.0.0.1' };
    expect(await place.ask(tokenOf('acme'), { headers: handedOn })).toMatchObject({ status: 401 });
    const authorization = basic(one.id, one.secret);
    expect(await place.ask(tokenOf('acme'), { headers: { ...handedOn, authorization } })).toMatchObject({
      status: 200,
    });
    await place.stop();
  });

  test('by a request whose target is a whole address', async () => {
    const raw = `GET http://localhost${tokenOf('acme')} HTTP/1.1\r\nHost: localhost\r\nX-Evergrant: 1\r\nConnection: close\r\n\r\n`;
    expect(await rawAnswer(raw)).toMatch(/^HTTP\/1\.1 403 /);
  });

  test.each([
    ['headers without end', `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, '431'],
    [
      'two lengths',
      'POST /oauth/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
      '400',
    ],
    [
      'a length and chunks',
      'POST /oauth/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      '400',
    ],
  ])('by %s', async (_, raw, status) => {
    expect(await rawAnswer(raw)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });

  test('by guessing, which is answered slower than it can be asked', async () => {
    const place = await startServing(xero, { acme: {} });
    const client = await place.client('real');
    const guess = () => place.token({ id: 'real', secret: 'x' }, {}, { isByTcp: true });
    const statuses = [];
    for (let at = 0; at < 63; at++) statuses.push((await guess()).status);
    expect([statuses.indexOf(429), statuses.filter((status) => status === 429).length]).toEqual([60, 3]);
    expect(await place.token(client, {}, { isByTcp: true })).toMatchObject({ status: 200 }); // who knows it is not shut out
    await place.stop();
  });
});

test('a link elsewhere may lead a person to the board', async () => {
  const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
  expect(await knowing('/', headers)).toMatchObject({ status: 200 });
});

test('the log has a line for each kind of use, and counts the others', async () => {
  for (let at = 0; at < 5; at++) await knowing(tokenOf('acme'));
  const lines = serving.running
    .said()
    .split('\n')
    .filter((line) => line.includes('all for acme: served'));
  expect(lines).toHaveLength(1);
});

function rawAnswer(raw: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = net.connect(serving.socket, () => socket.end(raw));
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.on('end', () => resolve(text)).on('error', reject);
  });
}
