import type { Browser, Page, Response } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { faultsInBothSchemes, openPage, vocabulary, type OpenPage } from '../support/browser/browser-page';
import { isWithoutBrowser, launchChromium } from '../support/browser/chromium';
import { answer, openLink } from '../support/browser/consent-in-browser';
import { expectNoSecret } from '../support/leaks';
import { makeWorkplace, type Workplace } from '../support/program';
import { firstLineOf, startProgram, type Running } from '../support/running';
import { startSandboxProcess, type SandboxApp, type SandboxProcess } from '../support/sandbox';
import { signedState } from '../support/states';

const hostile = `<script>document.title='hacked'</script>"'&<img src=x onerror="document.title='hacked'">${'w'.repeat(90)}`;
const policy =
  /^default-src 'none'; style-src 'nonce-[\w+/]{22}=='; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/;

let sandbox: SandboxProcess;
let browser: Browser;
let place: Workplace;
let listener: Running;
let redirectUri: string;

beforeAll(async () => {
  if (isWithoutBrowser) return;
  place = makeWorkplace();
  [sandbox, browser] = await Promise.all([startSandboxProcess(), launchChromium()]);
  listener = startProgram(place.folder, ['listen', '--port', '0', '--wait', '1s']);
  redirectUri = /http:\S+/.exec(await firstLineOf(listener))?.[0] ?? '';
});

afterAll(async () => {
  await browser?.close();
  listener?.signal('SIGTERM');
  await listener?.ended;
  await sandbox?.stop();
});

/** Makes environments of one app, which answers at one redirect URI. */
async function addEnvironments(uri: string, ...names: string[]): Promise<SandboxApp> {
  const app = await sandbox.app({ appType: 'web', redirectUris: [uri] });
  for (const name of names) place.write(name, await environmentOf(app, name));
  return app;
}

async function environmentOf({ clientId }: SandboxApp, name: string): Promise<string> {
  return JSON.stringify(await sandbox.environment('web', name, clientId));
}

function linkOf(name: string): Promise<string> {
  return place.run(['consent', name, '--no-check']).then(({ stdout }) => stdout.trim());
}

function open(uri = redirectUri): Promise<OpenPage> {
  return openPage(browser, { origins: [sandbox.url, new URL(uri).origin] });
}

function title(page: Page): Promise<string> {
  return page.getByRole('heading', { level: 1 }).innerText();
}

function secretsOf(...names: string[]): string[] {
  const rows = names.map((name) => place.rows(name));
  return rows.flatMap((row) => ['client_secret', 'access_token', 'refresh_token'].map((key) => row[key] ?? ''));
}

/** The code and the state in an address. */
function credentialsIn(address: string): string[] {
  const { searchParams } = new URL(address);
  return ['code', 'state', 'session_state'].map((name) => searchParams.get(name) ?? '');
}

/** Comes with nothing as often as anybody may, over IPv4 and, where the machine has it, IPv6: each is counted for itself. */
async function useUpTheMinute(): Promise<void> {
  const { port } = new URL(redirectUri);
  const both = ['127.0.0.1', '[::1]'].map((host) => `http://${host}:${port}/callback`);
  await Promise.all(both.flatMap((address) => Array.from({ length: 60 }, () => fetch(address).catch(() => undefined))));
}

interface Seen {
  readonly title: string;
  readonly status: number;
  readonly faults: readonly string[];
}

describe.skipIf(isWithoutBrowser)('every page that a customer can get', () => {
  const seen: Record<string, Seen> = {};
  const words = new Set<string>();
  const headers: Record<string, string>[] = [];
  const noise: string[] = [];
  const addresses: string[] = [];
  const served: string[] = [];

  /** Goes to a page and looks at it in every way. */
  async function look(page: Page, name: string, go: () => Promise<unknown>): Promise<void> {
    const coming = page.waitForResponse((one) => new URL(one.url()).origin === new URL(redirectUri).origin);
    const [response] = await Promise.all([coming.then(readPage), go()]);
    for (const word of await vocabulary(page)) words.add(word);
    seen[name] = { title: await title(page), status: response.status(), faults: await faultsInBothSchemes(page) };
    addresses.push(page.url());
    expect(await page.title()).toBe(seen[name].title);
  }

  async function readPage(response: Response): Promise<Response> {
    headers.push(response.headers());
    served.push(await response.text());
    return response;
  }

  beforeAll(async () => {
    const app = await addEnvironments(redirectUri, 'fair', 'late');
    const broken = await addEnvironments(redirectUri, 'broken');
    const [, organisation] = await sandbox.organisations();
    await sandbox.event({ event: 'organisation_renamed', tenantId: organisation?.tenantId, name: hostile });
    const [fair = '', late = '', brokenLink = ''] = await Promise.all(['fair', 'late', 'broken'].map(linkOf));
    const { context, page, noise: heard } = await open();

    await openLink(page, fair);
    await look(page, 'allowed', () => answer(page, hostile, redirectUri));
    await look(page, 'opened again', () => page.reload());
    await openLink(page, fair);
    await look(page, 'cancelled', () => answer(page, 'cancel', redirectUri));

    const old = new URL(late);
    const signedFor = { secret: app.clientSecret ?? '', clientId: app.clientId, redirectUri };
    const [nowSeconds, daySeconds] = [Math.floor(Date.now() / 1000), 86_400];
    const late15Days = { n: 'late', t: nowSeconds - 15 * daySeconds, u: nowSeconds - daySeconds, r: '' };
    old.searchParams.set('state', signedState(late15Days, signedFor));
    await openLink(page, old.href);
    await look(page, 'too old', () => answer(page, hostile, redirectUri));
    const stranger = { n: 'stranger', t: nowSeconds, u: nowSeconds + daySeconds, r: '' };
    old.searchParams.set('state', signedState(stranger, signedFor));
    await openLink(page, old.href);
    await look(page, 'for nobody here', () => answer(page, hostile, redirectUri));
    const query = new URLSearchParams({ code: hostile, state: hostile, error: hostile, error_description: hostile });
    await look(page, 'nonsense', () => page.goto(`${redirectUri}?${query.toString()}`));
    await look(page, 'elsewhere', () => page.goto(new URL(`/${encodeURIComponent(hostile)}`, redirectUri).href));

    await openLink(page, late);
    await sandbox.fault({ on: 'token', fault: 'status', status: 503, times: 100 });
    await look(page, 'Xero is down', () => answer(page, hostile, redirectUri));
    await sandbox.clearFaults();
    await openLink(page, brokenLink);
    await sandbox.event({ event: 'regenerate_secret', clientId: broken.clientId });
    await look(page, 'the app is refused', () => answer(page, hostile, redirectUri));
    await useUpTheMinute();
    await look(page, 'too many', () => page.goto(redirectUri));
    noise.push(...heard);
    await context.close();
  }, 300_000);

  test('fits any window, obeys the colour scheme, is accessible, and says how it went', () => {
    const good = (title: string, status: number): Seen => ({ title, status, faults: [] });
    expect(seen).toEqual({
      allowed: good(`${hostile} is connected`, 200),
      'opened again': good(`${hostile} is connected`, 200),
      cancelled: good('Not connected', 200),
      'too old': good('This link is too old', 410),
      'for nobody here': good('This link is not ours', 400),
      nonsense: good('This link is not ours', 400),
      elsewhere: good('Nothing here', 404),
      'Xero is down': good('Not connected yet', 503),
      'the app is refused': good('Not connected', 500),
      'too many': good('Not connected yet', 429),
    });
  });

  test('logs nothing and sends no request', () => {
    expect(noise).toEqual([]);
  });

  test('has a strict policy with a nonce of its own, and is not kept', () => {
    const policies = headers.map((one) => one['content-security-policy'] ?? '');
    expect(policies.filter((one) => !policy.test(one))).toEqual([]);
    expect(new Set(policies).size).toBe(Object.keys(seen).length);
    expect(new Set(headers.map((one) => one['cache-control']))).toEqual(new Set(['no-store']));
    expect(new Set(headers.map((one) => one['referrer-policy']))).toEqual(new Set(['no-referrer']));
  });

  test('is made of a few words of HTML, without script, whatever anybody is called', () => {
    const elements = ['body', 'h1', 'head', 'html', 'main', 'meta', 'p', 'style', 'title'];
    expect([...words].sort()).toEqual(['@charset', '@content', '@lang', '@name', '@nonce', ...elements]);
  });

  test('holds no token, code or state, and neither does the log', () => {
    const secrets = [...secretsOf('fair', 'late', 'broken'), ...addresses.flatMap(credentialsIn)];
    const real = secrets.filter((secret) => secret !== '' && secret !== hostile);
    expect(real.length).toBeGreaterThan(15);
    served.forEach((html, index) => expectNoSecret(html, real, `page ${index}`));
    for (const html of served) expect(html).not.toContain('onerror="');
    expect(listener.said()).toContain('Z fair: refused: Cancel was pressed');
    expectNoSecret(listener.said(), real, 'the log');
  });
});
