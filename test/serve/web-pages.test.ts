import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isWithoutBrowser, launchChromium } from '../support/browser/chromium';
import { startXeroServer, type XeroServer } from '../support/servers/xero-server';
import { basic, startServing, type Client, type Serving } from './support/serving';

let xero: XeroServer;
let serving: Serving;
let client: Client;
let elsewhere: http.Server;

beforeAll(async () => {
  xero = await startXeroServer();
  serving = await startServing(xero, { acme: {} });
  client = await serving.client('reports');
  elsewhere = http.createServer(answerElsewhere).listen(0, '127.0.0.1');
  await once(elsewhere, 'listening');
});
afterAll(async () => {
  elsewhere.closeAllConnections();
  elsewhere.close();
  await serving.stop();
  await xero.close();
});

const portOf = (server: http.Server): number => (server.address() as AddressInfo).port; // it listens on TCP
const tokenPath = '/v1/environments/acme/token';

/** A page of somebody else's; below `/to/307/…` it sends on to that address of ours. */
function answerElsewhere({ url = '' }: http.IncomingMessage, response: http.ServerResponse): void {
  const [, status = '', target = ''] = /^\/to\/(30\d)(\/.*)$/.exec(url) ?? [];
  if (status === '') response.setHeader('content-type', 'text/html').end('<title>elsewhere</title>');
  else response.writeHead(Number(status), { location: `${serving.url}${target}` }).end();
}

/** How many answers anybody was given but by the socket, where this test looks. */
async function served(): Promise<number> {
  const { text } = await serving.ask('/metrics');
  const counts = [...text.matchAll(/requests_total\{client="reports",outcome="served"\} (\d+)/g)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}

/** What a page can try, and what it gets: what it could read, or why not. It runs in the browser. */
const tryAll = `async (origin, token) => {
  const fetched = async (path, options) => {
    try {
      const answer = await fetch(origin + path, { credentials: 'include', ...options });
      return answer.type + ' ' + answer.status + ' ' + (await answer.text());
    } catch (error) {
      return String(error);
    }
  };
  const loaded = (name, path) => new Promise((resolve) => {
    const element = document.createElement(name);
    element.onload = () => resolve('loaded');
    element.onerror = () => resolve('error');
    element.src = origin + path;
    document.body.append(element);
  });
  const body = new URLSearchParams({ grant_type: 'client_credentials', environment: 'acme' });
  return {
    simple: await fetched('/v1/status'),
    board: await fetched('/'),
    blind: await fetched(token, { mode: 'no-cors' }),
    withHeader: await fetched(token, { headers: { 'x-evergrant': '1' } }),
    form: await fetched('/oauth/token', { method: 'POST', body, mode: 'no-cors' }),
    formRead: await fetched('/oauth/token', { method: 'POST', body }),
    image: await loaded('img', '/metrics'),
    script: await loaded('script', '/v1/status'),
  };
}`;

function triesOf(page: Page, origin: string): Promise<Record<string, string>> {
  return page.evaluate(`(${tryAll})(${JSON.stringify(origin)}, ${JSON.stringify(tokenPath)})`);
}

describe.skipIf(isWithoutBrowser)('a web page in a browser that has the secret of a client', () => {
  let browser: Browser;
  beforeAll(async () => {
    const rules = ['evil.example', 'rebound.example'].map((name) => `MAP ${name} 127.0.0.1`).join(', ');
    // Newer browsers keep pages from this machine by themselves. Others don't, so here our guard stands alone.
    const features = 'LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests,PrivateNetworkAccessSendPreflights';
    browser = await launchChromium([`--host-resolver-rules=${rules}`, `--disable-features=${features}`]);
  });
  afterAll(() => browser.close());

  /** A page in a browser whose user has looked at the board, by the name and secret of a client. */
  async function pageAfterBoard(): Promise<Page> {
    const httpCredentials = { username: client.id, password: client.secret, origin: serving.url };
    const context = await browser.newContext({ httpCredentials });
    const page = await context.newPage();
    expect((await page.goto(`${serving.url}/`))?.status()).toBe(200);
    return page;
  }

  test('of another origin gets nothing, and nothing is served for it', async () => {
    const page = await pageAfterBoard();
    const before = await served();
    await page.goto(`http://evil.example:${portOf(elsewhere)}/`);
    const got = await triesOf(page, serving.url);
    expect(got).toEqual({
      simple: 'TypeError: Failed to fetch',
      board: 'TypeError: Failed to fetch',
      blind: 'opaque 0 ',
      withHeader: 'TypeError: Failed to fetch',
      form: 'opaque 0 ',
      formRead: 'TypeError: Failed to fetch',
      image: 'error',
      script: 'error',
    });
    expect(await served()).toBe(before);
    expect(serving.running.said()).toContain('refused: it comes from');
    await page.context().close();
  });

  test('cannot show the board in a frame', async () => {
    const page = await pageAfterBoard();
    const before = await served();
    await page.goto(`http://evil.example:${portOf(elsewhere)}/`);
    await page.evaluate(`new Promise((resolve) => {
      const frame = Object.assign(document.createElement('iframe'), { src: '${serving.url}/', onload: resolve });
      document.body.append(frame);
    })`);
    const texts = await Promise.all(page.frames().map((frame) => frame.content().catch(() => '')));
    expect(texts.join('\n')).not.toContain('acme');
    expect(await served()).toBe(before);
    await page.context().close();
  });

  test('that has rebound its name to this machine is refused by that name', async () => {
    const page = await pageAfterBoard();
    const before = await served();
    const own = `http://rebound.example:${new URL(serving.url).port}`;
    await page.route(`${own}/`, (route) => route.fulfill({ contentType: 'text/html', body: '<body></body>' }), {
      times: 1,
    });
    await page.goto(`${own}/`); // from the server of whoever made it; from here on the name is ours
    const { simple, board, withHeader, formRead, image, script } = await triesOf(page, own);
    for (const read of [simple, board, withHeader, formRead]) {
      expect(read).toMatch(/^basic 403 /);
      expect(read).not.toContain('acme');
    }
    expect([image, script, await served()]).toEqual(['error', 'error', before]);
    await page.context().close();
  });

  test('from elsewhere may lead a person to the board', async () => {
    const page = await pageAfterBoard();
    await page.goto(`http://evil.example:${portOf(elsewhere)}/`);
    await page.evaluate(`void (location.href = '${serving.url}/')`);
    await expect.poll(() => page.content(), { timeout: 10_000 }).toContain('acme');
    await page.context().close();
  });
});

describe('a program that was talked into fetching an address, by a redirect,', () => {
  const everything = [tokenPath, '/v1/status', '/metrics', '/', '/oauth/token'];

  test.each(everything)('gets nothing of %s', async (target) => {
    const answer = await fetch(`http://127.0.0.1:${portOf(elsewhere)}/to/302${target}`, {
      headers: { authorization: basic('its-own', 'secret') }, // for the other server: fetch drops it
    });
    const text = await answer.text();
    expect(new URL(answer.url).pathname).toBe(target);
    expect([401, 403, 405]).toContain(answer.status);
    expect(text).not.toContain(serving.place.rows('acme')['access_token']);
    expect(text).not.toContain('acme');
  });

  test('gets no token by a form that is sent on with its body', async () => {
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: 'reports',
      client_secret: 'a guess',
    });
    const answer = await fetch(`http://127.0.0.1:${portOf(elsewhere)}/to/307/oauth/token`, { method: 'POST', body });
    expect([answer.url, answer.status]).toEqual([`${serving.url}/oauth/token`, 401]);
  });
});
