import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { expectNoSecret } from '../support/leaks';
import { makeWorkplace, type Workplace } from '../support/program';
import { startXeroServer, type Choice, type XeroServer } from '../support/servers/xero-server';

let xero: XeroServer;
let place: Workplace;
let listener: Listener;

beforeAll(async () => {
  xero = await startXeroServer();
});

afterAll(() => xero.close());

beforeEach(async () => {
  place = makeWorkplace();
  for (const name of ['acme', 'bakery']) place.write(name, xero.environment('web', name));
  place.write('phone', xero.environment('pkce', 'phone'));
  listener = await start(['listen', '--port', '0']);
});

afterEach(async () => {
  listener.child.kill('SIGTERM');
  await listener.ended;
  expectNoSecret(listener.said(), xero.secrets, 'the log');
});

interface Listener {
  readonly child: ChildProcess;
  readonly url: string;
  readonly ended: Promise<number | null>;
  said(): string;
}

async function start(args: string[]): Promise<Listener> {
  const child = spawn(process.execPath, [path.resolve('dist/cli.js'), ...args], {
    cwd: place.folder,
    env: { PATH: process.env['PATH'] ?? '' },
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const line = await new Promise<string>((resolve) => createInterface(child.stdout).once('line', resolve));
  return { child, url: /http:\S+/.exec(line)?.[0] ?? '', ended, said: () => said };
}

async function callbackFor(name: string, choice?: Choice): Promise<string> {
  const { stdout } = await place.run(['consent', name, '--no-check']);
  return new URL(xero.consent(stdout.trim(), choice)).search;
}

async function comeBack(
  query: string,
  method = 'GET',
): Promise<{ status: number; title: string; page: string; headers: Headers }> {
  const response = await fetch(`${listener.url}${query}`, { method });
  const page = await response.text();
  return { status: response.status, title: /<h1>(.*)<\/h1>/.exec(page)?.[1] ?? '', page, headers: response.headers };
}

describe('the callback page', () => {
  test('connects whoever the state names, in any order', async () => {
    const queries = {
      acme: await callbackFor('acme'),
      bakery: await callbackFor('bakery'),
      phone: await callbackFor('phone'),
    };
    for (const name of ['phone', 'bakery', 'acme'] as const) {
      expect(await comeBack(queries[name])).toMatchObject({ status: 200, title: 'Maple Bakery is connected' });
      expect(place.rows(name)).toMatchObject({ grant_status: 'connected', generation: '1' });
    }
  });

  test('says success again when it is loaded again, and sends Xero nothing', async () => {
    const query = await callbackFor('acme');
    const first = await comeBack(query);
    const [asked, rows, said] = [xero.requests.length, place.rows('acme'), listener.said()];
    const again = await comeBack(query);
    expect([again.status, again.title]).toEqual([200, first.title]);
    expect([xero.requests.length, place.rows('acme'), listener.said()]).toEqual([asked, rows, said]);
  });

  test('says that the organisation is connected when it is loaded again after a restart', async () => {
    const query = await callbackFor('acme');
    await comeBack(query);
    listener.child.kill('SIGTERM');
    await listener.ended;
    listener = await start(['listen', '--port', '0']);
    const [asked, rows] = [xero.requests.length, place.rows('acme')];
    const { status, title, page } = await comeBack(query);
    expect([status, title]).toEqual([200, 'Maple Bakery is connected']);
    expect(page).toContain('It was connected before, and nothing was changed.');
    expect([xero.requests.length, place.rows('acme')]).toEqual([asked, rows]);
    expect(listener.said()).toMatch(
      /acme: is connected to Maple Bakery already since .*; this callback was used before/,
    );
  });

  test('names every organisation of a consent, whichever way its name is written', async () => {
    const query = await callbackFor('acme', { tenantName: 'מאפיית הנמל', alsoNames: ['Older Ltd', 'مخبز الميناء'] });
    const { page } = await comeBack(query);
    expect(page).toContain('<h1><bdi>מאפיית הנמל</bdi> is connected</h1>');
    expect(page).toContain('<p>Also connected: Older Ltd, <bdi>مخبز الميناء</bdi>. Thank you');
    expect(listener.said()).toContain(
      'acme: connected to מאפיית הנמל, and the same consent to Older Ltd, مخبز الميناء',
    );
  });

  test('says what to do after Cancel, but only with a known state', async () => {
    const state = new URLSearchParams(await callbackFor('acme')).get('state') ?? '';
    expect(await comeBack(`?error=access_denied&state=${state}`)).toMatchObject({
      status: 200,
      title: 'Not connected',
    });
    expect(await comeBack('?error=access_denied&state=x')).toMatchObject({
      status: 400,
      title: 'This link is not ours',
    });
  });

  test.each([
    ['no query', ''],
    ['no state', '?code=x'],
    ['a state that no environment has', '?code=x&state=y'],
    ['markup', '?code=<script>alert(1)</script>&state=<img src=x onerror=alert(1)>'],
    ['a broken escape', '?code=%E0%A4%A&state=%'],
  ])('refuses %s, quotes nothing of it, and sends Xero nothing', async (_, query) => {
    const asked = xero.requests.length;
    const { status, page } = await comeBack(query);
    expect(status).toBe(400);
    expect(page).not.toMatch(/<script|onerror|%E0/);
    expect(xero.requests.length).toBe(asked);
  });

  test('loads nothing, can’t be framed, is not cached, and has no script', async () => {
    const { headers, page } = await comeBack('?code=x&state=y');
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'nonce-[^']+'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
    );
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(page).not.toMatch(/<script|src=|href=|url\(/);
  });

  test('answers only GET, and only on its path and on /health', async () => {
    expect((await comeBack('?code=x&state=y', 'POST')).status).toBe(405);
    const health = await fetch(new URL('/health', listener.url));
    expect([health.status, await health.text()]).toEqual([200, 'ok\n']);
    expect((await fetch(new URL('/other', listener.url))).status).toBe(404);
    expect((await fetch(`${listener.url}?state=${'x'.repeat(20_000)}`)).status).toBe(431);
  });

  test('120 forged callbacks in a minute, from the same address, keep no customer out', async () => {
    const queries = await Promise.all(['acme', 'phone'].map((name) => callbackFor(name)));
    const forged = await Promise.all(Array.from({ length: 120 }, () => comeBack('?code=x&state=y')));
    expect(new Set(forged.map(({ status }) => status))).toEqual(new Set([400, 429]));
    for (const query of queries) expect(await comeBack(query)).toMatchObject({ title: 'Maple Bakery is connected' });
    expect((await fetch(new URL('/health', listener.url))).status).toBe(200);
  });

  test('a sixth bad code for one environment waits, and Xero is not asked; others are not kept waiting', async () => {
    const state = new URLSearchParams(await callbackFor('acme')).get('state') ?? '';
    const invented = (code: number): string => `?code=invented-${code}&state=${state}`;
    for (let code = 0; code < 5; code++) expect((await comeBack(invented(code))).status).toBe(410);
    const asked = xero.requests.length;
    const { status, headers, page } = await comeBack(invented(5));
    expect([status, headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^(60|[1-5]\d)$/)]);
    expect(page).toContain('in a minute');
    expect((await comeBack(invented(0))).status).toBe(410); // known to be no good
    expect(xero.requests.length).toBe(asked);
    expect(await comeBack(await callbackFor('bakery'))).toMatchObject({ title: 'Maple Bakery is connected' });
  }, 300_000);

  test.each([
    ['twice', (state: string) => `?code=x&state=${state}&state=y`],
    ['twice, a code', (state: string) => `?code=x&code=y&state=${state}`],
    ['too long', (state: string) => `?code=x&state=${state}&${'x'.repeat(9_000)}`],
  ])('a parameter that is there %s makes the link invalid', async (_, queryOf) => {
    const state = new URLSearchParams(await callbackFor('acme')).get('state') ?? '';
    expect(await comeBack(queryOf(state))).toMatchObject({ status: 400, title: 'This link is not ours' });
  });

  test('is reached over IPv4 and IPv6 alike', async () => {
    const { port } = new URL(listener.url);
    for (const host of ['127.0.0.1', '[::1]']) expect((await fetch(`http://${host}:${port}/health`)).status).toBe(200);
  });

  test('ends although a browser keeps an idle connection open', async () => {
    const ahead = net.connect(Number(new URL(listener.url).port), '127.0.0.1');
    await once(ahead, 'connect');
    const { headers } = await comeBack('?code=x&state=y'); // after which the connection before it is accepted, too
    expect(headers.get('connection')).toBe('close');
    listener.child.kill('SIGTERM');
    expect(await listener.ended).toBe(0); // Node itself would keep the first one for a minute
    ahead.destroy();
  });

  test('answers a link that was made before a restart', async () => {
    const query = await callbackFor('acme');
    listener.child.kill('SIGTERM');
    expect(await listener.ended).toBe(0);
    listener = await start(['listen', '--port', '0']);
    expect(await comeBack(query)).toMatchObject({ status: 200, title: 'Maple Bakery is connected' });
  });
});

describe('listen refuses to start', () => {
  test.each([
    ['a bad port', ['--port', '80a']],
    ['a port that is too high', ['--port', '70000']],
    ['a bad path', ['--path', 'callback']],
    ['the path of its health', ['--path', '/health']],
    ['a bad proxy', ['--trust-proxy', 'proxy.example']],
    ['a folder that does not exist', ['--environments', 'nowhere']],
  ])('with %s', async (_, args) => {
    expect(await place.run(['listen', ...args])).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('consent --listen', () => {
  /** Starts it in the place of the listener, on its port. */
  async function waitFor(nameOrPath: string, ...more: string[]): Promise<string> {
    const { port } = new URL(listener.url);
    listener.child.kill('SIGTERM');
    await listener.ended;
    const rows = { redirect_uri: `http://localhost:${port}/callback` };
    for (const name of ['acme', 'bakery']) place.write(name, xero.environment('web', name, rows));
    fs.copyFileSync(place.fileOf('acme'), path.join(place.folder, 'far.postman_environment.json'));
    const waiting = await start(['consent', nameOrPath, '--listen', '--no-check', ...more]);
    listener = { ...waiting, url: rows.redirect_uri };
    return new URL(xero.consent(waiting.url)).search;
  }

  test('finishes by itself when the browser comes back', async () => {
    const query = await waitFor('acme');
    expect(await comeBack('?code=x&state=y')).toMatchObject({ status: 400 });
    expect(await comeBack(query)).toMatchObject({ status: 200, title: 'Maple Bakery is connected' });
    expect(await listener.ended).toBe(0);
    expect(place.rows('acme')).toMatchObject({ tenant_name: 'Maple Bakery' });
  });

  test('finishes another environment, too, which needn’t meet the expectation of its own, and goes on waiting', async () => {
    const query = await waitFor('acme', '--expect-tenant', 'Maple Bakery Two');
    const state = new URLSearchParams(await callbackFor('bakery')).get('state') ?? '';
    expect(await comeBack(`?error=access_denied&state=${state}`)).toMatchObject({ title: 'Not connected' });
    expect(await comeBack(await callbackFor('bakery'))).toMatchObject({ title: 'Maple Bakery is connected' });
    expect(place.rows('bakery')).toMatchObject({ grant_status: 'connected' });
    expect(await comeBack(query)).toMatchObject({ status: 409, title: 'That was another organisation' });
    expect(listener.child.exitCode).toBe(null);
  });

  test('finishes for an environment whose file is elsewhere', async () => {
    const query = await waitFor('far.postman_environment.json');
    expect(await comeBack(query)).toMatchObject({ title: 'Maple Bakery is connected' });
    expect(await listener.ended).toBe(0);
  });

  test('prints no link when another program holds an address of the port', async () => {
    const stranger = net.createServer().listen(0, '::1');
    await once(stranger, 'listening');
    const { port } = stranger.address() as net.AddressInfo;
    place.write('acme', xero.environment('web', 'acme', { redirect_uri: `http://localhost:${port}/callback` }));
    const taken = expect.stringContaining(`[::1]:${port} is taken`);
    const { code, stdout, stderr } = await place.run(['consent', 'acme', '--listen', '--no-check']);
    expect([code, stdout, stderr]).toEqual([2, '', taken]);
    expect(await place.run(['listen', '--port', String(port)])).toMatchObject({ code: 2, stdout: '', stderr: taken });
    stranger.close();
  });

  test('is refused for a redirect URI that is not on localhost', async () => {
    place.write('acme', xero.environment('web', 'acme', { redirect_uri: 'https://app.example/callback' }));
    expect(await place.run(['consent', 'acme', '--listen'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('npx evergrant listen'),
    });
  });
});
