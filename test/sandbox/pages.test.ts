import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signInPage } from '../../scripts/sandbox/http/pages';
import { faultsInBothSchemes, openPage, type OpenPage } from '../support/browser/browser-page';
import { isWithoutBrowser, launchChromium } from '../support/browser/chromium';
import { openLink } from '../support/browser/consent-in-browser';
import { startSandboxProcess, type SandboxApp, type SandboxProcess } from '../support/sandbox';
import { consentLink } from './client';

const hostile = `<script>document.title='hacked'</script>"'&<img src=x onerror="document.title='hacked'">${'w'.repeat(90)}`;

let sandbox: SandboxProcess;
let browser: Browser;
let app: SandboxApp;
/** The app's own server, to which people come back. */
let home: http.Server;
let redirectUri: string;

beforeAll(async () => {
  if (isWithoutBrowser) return;
  [sandbox, browser] = await Promise.all([startSandboxProcess(), launchChromium()]);
  home = http.createServer((_request, response) => response.end('back at the app')).listen(0);
  await once(home, 'listening');
  redirectUri = `http://localhost:${(home.address() as AddressInfo).port}/callback`; // it listens on TCP
  app = await sandbox.app({ appType: 'web', name: hostile, redirectUris: [redirectUri] });
  const [, organisation] = await sandbox.organisations();
  await sandbox.event({ event: 'organisation_renamed', tenantId: organisation?.tenantId, name: hostile });
});

afterAll(async () => {
  await browser?.close();
  home?.close();
  await sandbox?.stop();
});

function open(javaScriptEnabled = true): Promise<OpenPage> {
  return openPage(browser, { javaScriptEnabled, origins: [sandbox.url, new URL(redirectUri).origin] });
}

function link(): string {
  return consentLink(sandbox, app.clientId, { redirect_uri: redirectUri });
}

function press(page: Page, button: string): Promise<void> {
  return page.getByRole('button', { name: button }).click();
}

/** What came back to the app. */
async function callback(page: Page): Promise<Record<string, string>> {
  await page.waitForURL((address) => address.href.startsWith(redirectUri));
  return Object.fromEntries(new URL(page.url()).searchParams);
}

describe.skipIf(isWithoutBrowser)('the pages of the sandbox', () => {
  test('fit any window, obey the colour scheme, are silent and accessible, and run no hostile name', async () => {
    const { context, page, noise } = await open();
    const faults: Record<string, string[]> = {};
    const look = async (name: string, heading: string): Promise<void> => {
      await page.getByRole('heading', { level: 1, name: heading, exact: true }).waitFor();
      faults[name] = await faultsInBothSchemes(page);
      expect(await page.evaluate('document.scripts.length + document.images.length')).toBe(0);
    };
    await page.goto(sandbox.url);
    await look('front', 'A local look-alike of Xero');
    await page.goto(link());
    await look('sign-in', 'Sign in');
    await press(page, 'Sign in');
    await page.getByText('What it may do').click();
    await look('choice', `${hostile} wants access`);
    expect(await page.getByRole('checkbox').nth(1).locator('..').innerText()).toContain(hostile);
    for (const box of await page.getByRole('checkbox').all()) await box.uncheck();
    await press(page, 'Allow access');
    await page.getByRole('alert').waitFor();
    await look('choice, nothing chosen', `${hostile} wants access`);
    const errorId = Buffer.from(JSON.stringify([hostile, hostile])).toString('base64url');
    for (const address of [
      `/identity/error?errorId=${errorId}`,
      `/identity/user/login?ReturnUrl=${encodeURIComponent(hostile)}`,
    ]) {
      await page.goto(`${sandbox.url}${address}`);
      await look(address.slice(0, 20), 'Sorry, something went wrong');
    }
    const users = [{ accountId: '1', xeroUserId: '2', email: hostile, givenName: hostile, familyName: hostile }];
    await page.setContent(signInPage({ action: hostile, users }));
    await look('sign-in, hostile', 'Sign in');
    expect(Object.entries(faults).filter(([, found]) => found.length > 0)).toEqual([]);
    expect(Object.keys(faults).length).toBe(7);
    expect(noise).toEqual([]);
    await context.close();
  }, 300_000);

  test('are answered with the keyboard alone, and without scripts', async () => {
    const { context, page } = await open(false);
    await page.goto(link());
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByText('Signed in as Sam Second').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    await page.keyboard.press('Enter');
    expect(await callback(page)).toMatchObject({ code: expect.stringMatching(/^[\w-]{43}$/), state: 'abc' });
    await context.close();
  });

  test.each([
    ['at sign-in', (page: Page) => page.goto(link())],
    ['at the choice', (page: Page) => openLink(page, link())],
  ])('send Cancel %s back to the app', async (_, go) => {
    const { context, page, noise } = await open();
    await go(page);
    await press(page, 'Cancel');
    expect(await callback(page)).toEqual({
      error: 'access_denied',
      error_description: 'The resource owner denied the request',
      state: 'abc',
    });
    expect(noise).toEqual([]);
    await context.close();
  });

  test('say when a sign-in is over what to do', async () => {
    const { context, page } = await open();
    await page.goto(link());
    const signIn = page.url();
    await press(page, 'Cancel');
    await callback(page);
    await page.goto(signIn);
    expect(await page.getByRole('main').innerText()).toMatch(/has expired[^]*open the link again/);
    await context.close();
  });
});
