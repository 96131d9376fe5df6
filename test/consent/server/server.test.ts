import { afterEach, describe, expect, test } from 'vitest';
import { trustedProxies } from '../../../scripts/consent/server/client-address';
import type { CallbackPage } from '../../../scripts/consent/server/page';
import { serveCallbacks, type CallbackServer } from '../../../scripts/consent/server/server';

const forged: CallbackPage = { status: 400, title: 'no', text: 'no' };
const good: CallbackPage = { status: 200, title: 'yes', text: 'yes' };

let server: CallbackServer | undefined;
let finished: string[] = [];

afterEach(async () => {
  await server?.close();
  finished = [];
});

async function serve(trusted?: string): Promise<void> {
  server = await serveCallbacks({
    port: 0,
    path: '/callback',
    trusted: trusted === undefined ? undefined : trustedProxies(trusted),
    finish: async (query) => {
      finished.push(query);
      return query.includes('good') ? good : forged;
    },
  });
}

async function ask(address: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Response> {
  const response = await fetch(`http://127.0.0.1:${server?.port ?? 0}${address}`, { method, headers });
  await response.arrayBuffer();
  return response;
}

async function statuses(
  times: number,
  address: string,
  headersOf: (turn: number) => Record<string, string> = () => ({}),
): Promise<Set<number>> {
  const seen = new Set<number>();
  for (let turn = 0; turn < times; turn++) seen.add((await ask(address, headersOf(turn))).status);
  return seen;
}

describe('what fails is counted, and nothing else', () => {
  test('forged states are refused after 60 in a minute, good ones and health never', async () => {
    await serve();
    expect(await statuses(60, '/callback?bad')).toEqual(new Set([400]));
    const refused = await ask('/callback?bad');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '60']);
    expect(await statuses(130, '/callback?good')).toEqual(new Set([200]));
    expect(await statuses(130, '/health')).toEqual(new Set([200]));
    expect((await ask('/callback?bad')).status).toBe(429);
  });

  test('good ones are not counted', async () => {
    await serve();
    await statuses(130, '/callback?good');
    expect((await ask('/callback?bad')).status).toBe(400);
  });

  test('wrong addresses and methods are counted apart from each other', async () => {
    await serve();
    expect(await statuses(70, '/favicon.ico')).toEqual(new Set([404, 429]));
    expect((await ask('/callback?bad')).status).toBe(400);
    for (let turn = 0; turn < 60; turn++) await ask('/callback?good', {}, 'POST');
    expect((await ask('/callback?good', {}, 'POST')).status).toBe(429);
    expect((await ask('/callback?good')).status).toBe(200);
  });

  test('X-Forwarded-For is ignored without --trust-proxy', async () => {
    await serve();
    const liar = (turn: number): Record<string, string> => ({ 'x-forwarded-for': `192.0.2.${turn}` });
    expect(await statuses(61, '/callback?bad', liar)).toEqual(new Set([400, 429]));
  });

  test('behind a trusted proxy each client is counted for itself, whatever it says of others', async () => {
    await serve('');
    const liar = (turn: number): Record<string, string> => ({ 'x-forwarded-for': `192.0.2.${turn}, 198.51.100.7` });
    expect(await statuses(61, '/callback?bad', liar)).toEqual(new Set([400, 429]));
    expect((await ask('/callback?bad', { 'x-forwarded-for': '198.51.100.8' })).status).toBe(400);
  });
});

describe('a code is used only for the request of a person', () => {
  test.each(['HEAD', 'OPTIONS', 'POST', 'PUT', 'DELETE'])('%s uses none', async (method) => {
    await serve();
    const response = await ask('/callback?good', {}, method);
    expect([response.status, response.headers.get('allow'), finished]).toEqual([405, 'GET', []]);
  });

  test.each([
    { 'sec-purpose': 'prefetch' },
    { 'sec-purpose': 'prefetch;prerender' },
    { purpose: 'prefetch' },
    { 'x-moz': 'prefetch' },
    { 'x-purpose': 'preview' },
  ])('a browser that asks ahead uses none: %o', async (headers) => {
    await serve();
    expect((await ask('/callback?good', headers)).status).toBe(503);
    expect(finished).toEqual([]);
    expect((await ask('/callback?good')).status).toBe(200);
  });
});
