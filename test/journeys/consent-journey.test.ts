import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openPage, type OpenPage } from '../support/browser/browser-page';
import { isWithoutBrowser, launchChromium } from '../support/browser/chromium';
import { answer, openLink } from '../support/browser/consent-in-browser';
import { expectNoSecret } from '../support/leaks';
import { makeWorkplace, type Workplace } from '../support/program';
import { firstLineOf, startProgram, type Ended } from '../support/running';
import { startSandboxProcess, type SandboxProcess } from '../support/sandbox';

let sandbox: SandboxProcess;
let browser: Browser;
let place: Workplace;
let redirectUri: string;
let tab: OpenPage;

beforeAll(async () => {
  if (isWithoutBrowser) return;
  [sandbox, browser] = await Promise.all([startSandboxProcess(), launchChromium()]);
});

afterAll(async () => {
  await browser?.close();
  await sandbox?.stop();
});

beforeEach(async () => {
  place = makeWorkplace();
  redirectUri = `http://localhost:${await freePort()}/callback`;
  const { clientId } = await sandbox.app({ appType: 'web', redirectUris: [redirectUri] });
  for (const name of ['acme', 'bakery'])
    place.write(name, JSON.stringify(await sandbox.environment('web', name, clientId)));
  tab = await openPage(browser, { origins: [sandbox.url, new URL(redirectUri).origin] });
});

afterEach(async () => {
  await tab.context.close();
  expect(tab.noise).toEqual([]);
});

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on TCP
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function linkOf(name: string): Promise<string> {
  return place.run(['consent', name, '--no-check']).then(({ stdout }) => stdout.trim());
}

function words(page: Page): Promise<string> {
  return page.getByRole('main').innerText();
}

/** Makes sure that nothing said is a secret of the environment. */
function expectDiscretion({ stdout, stderr }: Ended, rows: Record<string, string>): void {
  const secrets = ['client_secret', 'access_token', 'refresh_token'].map((key) => rows[key] ?? '');
  expectNoSecret(stdout + stderr, secrets, 'what the program said');
}

async function expectConnected(rows: Record<string, string>, organisation: string): Promise<void> {
  expect(rows).toMatchObject({ grant_status: 'connected', generation: '1', tenant_name: organisation });
  expect(await sandbox.inspect(rows['refresh_token'] ?? '')).toBe('live');
}

describe.skipIf(isWithoutBrowser)('consent --listen', () => {
  test('goes from the link over sign-in, choice and Allow to tokens in the environment file', async () => {
    const waiting = startProgram(place.folder, ['consent', 'acme', '--listen']);
    await openLink(tab.page, await firstLineOf(waiting));
    await answer(tab.page, 'Harbour Lane Bakery', redirectUri);
    expect(await words(tab.page)).toBe(
      'Harbour Lane Bakery is connected\n\nThank you, that is all. You can close this window.',
    );
    const ended = await waiting.ended; // while the page still stands
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining('acme: connected to Harbour Lane Bakery') });
    const rows = place.rows('acme');
    await expectConnected(rows, 'Harbour Lane Bakery');
    expectDiscretion(ended, rows);
  });

  test('says after Cancel where to go on, and connects nothing', async () => {
    const before = place.rows('acme');
    const waiting = startProgram(place.folder, ['consent', 'acme', '--listen', '--no-check']);
    await openLink(tab.page, await firstLineOf(waiting));
    await answer(tab.page, 'cancel', redirectUri);
    expect(await words(tab.page)).toMatch(/^Not connected\n\nYou pressed Cancel.* terminal: it has the command/);
    expect(await waiting.ended).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('npx evergrant consent acme'),
    });
    const { consent_state, consent_requested_at, ...rows } = place.rows('acme');
    expect({ ...before, consent_state, consent_requested_at }).toEqual({
      ...rows,
      consent_state,
      consent_requested_at,
    });
  });
});

describe.skipIf(isWithoutBrowser)('listen', () => {
  test('brings two links of one redirect URI, answered in the other order, each to its own environment', async () => {
    const listener = startProgram(place.folder, ['listen', '--port', new URL(redirectUri).port]);
    const [acme, bakery] = await Promise.all([linkOf('acme'), linkOf('bakery'), firstLineOf(listener)]);
    const other = await tab.context.newPage();
    await openLink(tab.page, acme);
    await openLink(other, bakery);
    await answer(other, 'Harbour Lane Bakery', redirectUri);
    await answer(tab.page, 'Old Harbour Trading', redirectUri);
    expect(await Promise.all([tab.page, other].map(words))).toEqual([
      expect.stringContaining('Old Harbour Trading is connected'),
      expect.stringContaining('Harbour Lane Bakery is connected'),
    ]);
    await expectConnected(place.rows('acme'), 'Old Harbour Trading');
    await expectConnected(place.rows('bakery'), 'Harbour Lane Bakery');
    listener.signal('SIGTERM');
    const ended = await listener.ended;
    for (const name of ['acme', 'bakery']) expectDiscretion(ended, place.rows(name));
  });
});
