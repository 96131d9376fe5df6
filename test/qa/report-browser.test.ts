import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runNewman } from '../../scripts/newman/run';
import { writeQaReport } from '../../scripts/qa/report/write';
import { htmlReports } from '../../scripts/report/html-reports';
import { startServer } from '../collection/support/server';
import { faultsInBothSchemes, openPage } from '../support/browser/browser-page';
import { isWithoutBrowser, launchChromium } from '../support/browser/chromium';
import { playAll } from './support/played';
import { failing, hostile, hostilePlays, mixed } from './support/plays';

const folder = fs.mkdtempSync(path.join(tmpdir(), 'evergrant-qa-pages-'));
let browser: Browser;

beforeAll(async () => {
  if (isWithoutBrowser) return;
  writeQaReport({ folder: path.join(folder, 'mixed') }, { run: await playAll(mixed), recording: '' }, new Set());
  writeQaReport(
    { folder: path.join(folder, 'passed') },
    { run: await playAll(mixed.slice(0, 1)), recording: '' },
    new Set(),
  );
  writeQaReport(
    { folder: path.join(folder, 'hostile') },
    { run: await playAll(hostilePlays), recording: '' },
    new Set(),
  );
  await refresh();
  browser = await launchChromium();
}, 300_000);
afterAll(async () => {
  await browser?.close();
  fs.rmSync(folder, { recursive: true });
});

/** A page as `refresh --report` makes it. */
async function refresh(): Promise<void> {
  const server = await startServer();
  server.answer({ status: 400, body: { error: 'invalid_grant' } });
  const reports = htmlReports(path.join(folder, 'refresh'));
  const exec = [failing('the tokens come', 'the refresh token is dead')];
  const event = [{ listen: 'test', script: { type: 'text/javascript', exec } }];
  const item = [{ name: 'Refresh tokens', request: { method: 'POST', url: `${server.url}/connect/token` }, event }];
  await runNewman({ collection: { info: { name: 'main' }, item }, timeoutRequest: 10_000 }, (emitter) =>
    reports.attach(emitter, 'acme', 'Refresh tokens', new Set()),
  );
  await server.close();
}

const pages = ['mixed/qa.html', 'passed/qa.html', 'hostile/qa.html', 'refresh/acme-refresh-tokens.html'];

/** Opens a page from the disk; nothing else is reached. */
async function opened(name: string, act: (page: Page) => Promise<void>): Promise<readonly string[]> {
  const { context, page, noise } = await openPage(browser, { origins: ['null'] });
  await page.goto(pathToFileURL(path.join(folder, name)).href);
  await act(page);
  await context.close();
  return noise;
}

describe.skipIf(isWithoutBrowser)('the page of a report', () => {
  test.each(pages)(
    '%s fits from desktop to telephone, is accessible, light and dark, and silent',
    async (name) => {
      const noise = await opened(name, async (page) => {
        expect(await faultsInBothSchemes(page)).toEqual([]);
        await page.evaluate(`document.querySelectorAll('details').forEach((one) => { one.open = true })`);
        expect(await faultsInBothSchemes(page)).toEqual([]);
      });
      expect(noise).toEqual([]);
    },
    60_000,
  );

  test('leads to every scenario, and unfolds it', async () => {
    const noise = await opened('mixed/qa.html', async (page) => {
      const links = page.getByRole('navigation', { name: 'All scenarios' }).getByRole('link');
      const names = ['QA-010, passed', 'QA-020, failed', 'QA-030, not run', 'QA-040, failed'];
      expect((await links.allTextContents()).map((text) => text.slice(1))).toEqual(names);
      for (const name of names) {
        await links.filter({ hasText: name }).click();
        const inside = page.locator(':target');
        expect([await inside.getAttribute('id'), await inside.getByText('a web app with a').isVisible()]).toEqual([
          name.slice(0, 6),
          true,
        ]);
      }
    });
    expect(noise).toEqual([]);
  });

  test('shows what went wrong at once, and in one click what was sent and answered', async () => {
    await opened('mixed/qa.html', async (page) => {
      const failed = page.locator('.failed > li', { hasText: 'QA-020' });
      expect(await failed.innerText()).toContain('Refused: the status is right: expected 400 to equal 200');
      await failed.getByRole('link', { name: 'QA-020' }).click();
      const step = page.locator('#QA-020 .steps > li', { hasText: 'Refused' });
      for (const text of ['the status is right: expected 400 to equal 200', /POST http.*refused/, '200 OK']) {
        expect(await step.getByText(text).isVisible()).toBe(true);
      }
    });
  });

  test('says by marks and words what it says by colour', async () => {
    await opened('mixed/qa.html', async (page) => {
      const marks = await page.locator('.good, .bad, .open').allTextContents();
      expect(marks.filter((text) => !/[✓✕–]|passed|failed|not run/.test(text))).toEqual([]);
      expect(marks.length).toBeGreaterThan(10);
    });
  });

  test('needs no script', async () => {
    const { context, page } = await openPage(browser, { origins: ['null'], javaScriptEnabled: false });
    await page.goto(pathToFileURL(path.join(folder, 'mixed/qa.html')).href);
    await page.locator('#QA-010').getByText('POST http').first().waitFor({ state: 'hidden' });
    await page.getByText('All is well').click();
    await page.locator('#QA-010').getByText('Exchange code').click();
    expect(await page.locator('#QA-010').getByText('POST http').first().isVisible()).toBe(true);
    await context.close();
  });

  test('is printed with every step', async () => {
    await opened('mixed/qa.html', async (page) => {
      expect(await page.getByText('Exchange code').isVisible()).toBe(false);
      await page.emulateMedia({ media: 'print' });
      expect(await page.getByText('Exchange code').isVisible()).toBe(true);
    });
  });

  test('shows hostile values as the texts they are', async () => {
    const noise = await opened('hostile/qa.html', async (page) => {
      await page.evaluate(`document.querySelectorAll('details').forEach((one) => { one.open = true })`);
      const shown = await page.locator('body').innerText();
      const told = ['Title', 'Step', 'Test', 'Complaint', 'Note', 'X-Said:'].map((where) => `${where} ${hostile}`);
      expect(told.filter((text) => !shown.includes(text))).toEqual([]);
      expect(shown).toContain(`Passed ${hostile} {{{this}}}`);
    });
    expect(noise).toEqual([]);
  });

  test.each(['mixed', 'hostile'])('has JUnit XML beside it that a browser can read: %s', async (name) => {
    const { context, page } = await openPage(browser);
    const xml = fs.readFileSync(path.join(folder, name, 'qa.junit.xml'), 'utf8');
    const names = await page.evaluate<string[]>(`[...new DOMParser()
      .parseFromString(${JSON.stringify(xml)}, 'application/xml')
      .querySelectorAll('parsererror, testcase')].map((one) => one.getAttribute('name'))`);
    await context.close();
    const plays = name === 'mixed' ? mixed : hostilePlays;
    expect(names).toEqual(plays.map(({ id }) => id));
  });
});
