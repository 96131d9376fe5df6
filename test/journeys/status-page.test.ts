import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { statusPage } from '../../scripts/status/page';
import { statusRow, byUrgency, unreadableRow, type StatusRow } from '../../scripts/status/rows';
import { faultsInBothSchemes, openPage, vocabulary, type OpenPage } from '../support/browser/browser-page';
import { isWithoutBrowser, launchChromium } from '../support/browser/chromium';
import { environmentOf, type Rows } from '../support/environments';
import { makeWorkplace, type Workplace } from '../support/program';

const now = new Date('2026-11-22T10:00:00.000Z');
const after = (minutes: number): string => new Date(now.getTime() + minutes * 60_000).toISOString();
const hostile = `<script>document.title='hacked'</script>"'&<img src=x onerror="document.title='hacked'">${'w'.repeat(90)}`;

function row(name: string, rows: Rows = {}): StatusRow {
  const connected: Rows = {
    app_type: 'web',
    access_token: 'the-access-token',
    refresh_token: 'the-refresh-token',
    access_token_expires_at: after(29),
    refresh_token_expires_at: after(60 * 24 * 59),
    tenant_name: 'Maple Bakery',
  };
  const environment = environmentOf({ ...connected, ...rows }, name);
  return statusRow(environment, { at: new Date(after(-4)), outcome: 'temporary_failure', since: now, move: null }, now);
}

/** Some of each state, with names as bad as they come. */
function fleet(): StatusRow[] {
  return byUrgency([
    row('acme'),
    row('b'.repeat(100), { tenant_name: hostile }),
    row('cedar', { grant_status: 'consent_needed', tenant_name: '\u202Eمخبز القيقب' }),
    row('dill', { refresh_started_at: after(-10) }),
    row('elder', { refresh_token: '', tenant_name: '' }),
    unreadableRow(hostile, null, { code: 'not_json', message: `${hostile} is not JSON`, hint: 'restore it' }),
  ]);
}

describe('the status page', () => {
  test('differs only in the names, whatever they are: every value is escaped', () => {
    const page = statusPage(fleet(), now);
    expect(page).not.toMatch(/<script|<img|onerror="/);
    expect(page).toContain('&#60;script&#62;');
  });

  test('holds no token', () => {
    expect(statusPage(fleet(), now)).not.toMatch(/the-(access|refresh)-token/);
  });

  test('says so when there is nothing to show', () => {
    expect(statusPage([], now)).toContain('<p>No connections. As of ');
  });
});

describe.skipIf(isWithoutBrowser)('the status page in a browser', () => {
  let browser: Browser;
  let place: Workplace;

  beforeAll(async () => {
    place = makeWorkplace();
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser.close();
  });

  async function open(rows: readonly StatusRow[]): Promise<OpenPage> {
    const file = path.join(place.folder, 'status.html');
    fs.writeFileSync(file, statusPage(rows, now));
    const opened = await openPage(browser, { origins: ['null'], javaScriptEnabled: true });
    await opened.page.goto(pathToFileURL(file).href);
    return opened;
  }

  test('fits any window, obeys the colour scheme, is accessible, logs nothing and sends no request', async () => {
    const { context, page, noise } = await open(fleet());
    expect(await faultsInBothSchemes(page)).toEqual([]);
    expect(noise).toEqual([]);
    await context.close();
  });

  test('has a section for each state, most urgent first, with words for what there is to do', async () => {
    const { context, page } = await open(fleet());
    expect(await page.getByRole('heading').allInnerTexts()).toEqual([
      'Xero connections',
      'Consent needed 1',
      'Invalid 1',
      'Interrupted 1',
      'Connected 2',
      'Never connected 1',
    ]);
    expect(await page.getByRole('row', { name: /^acme/ }).getByRole('cell').allInnerTexts()).toEqual([
      'Maple Bakery',
      '29 min',
      '2027-01-20, in 59 d',
      'temporary failure 4 min ago',
    ]);
    expect(await page.locator('time').getAttribute('datetime')).toBe(now.toISOString());
    await context.close();
  });

  test('names each value where a narrow window has no room for a table', async () => {
    const { context, page } = await open(fleet());
    await page.setViewportSize({ width: 360, height: 800 });
    const labels = await page.evaluate<string[]>(`[...document.querySelectorAll('.interrupted td')].map(
      (cell) => getComputedStyle(cell, '::before').content)`);
    expect(labels).toEqual(['none', '"Access token: "', '"Consent needed by: "', '"Last outcome: "']);
    await context.close();
  });

  test('is made of a few words of HTML, without script', async () => {
    const { context, page } = await open(fleet());
    const elements = [
      'bdi',
      'body',
      'details',
      'h1',
      'h2',
      'head',
      'html',
      'main',
      'meta',
      'p',
      'span',
      'style',
      'summary',
    ];
    const table = ['table', 'tbody', 'td', 'th', 'thead', 'time', 'title', 'tr'];
    const attributes = ['charset', 'class', 'content', 'datetime', 'http-equiv', 'lang', 'name', 'open', 'scope'];
    const expected = [...attributes.map((name) => `@${name}`), ...elements, ...table];
    expect(await vocabulary(page)).toEqual(expected.sort());
    await context.close();
  });

  test('lets nothing but its own style in, whoever puts it there', async () => {
    const { context, page, noise } = await open(fleet());
    await page.evaluate(`document.body.insertAdjacentHTML('beforeend',
      '<img src="https://example.com/x.png" onerror="document.title = 1"><p style="color: rgb(255, 0, 0)">red paragraph</p>')`);
    await expect.poll(() => noise.filter((one) => one.includes('Content Security Policy')).length).toBe(3);
    expect(await page.title()).toContain('evergrant');
    const colour = `getComputedStyle([...document.querySelectorAll('p')].at(-1)).color`;
    expect(await page.evaluate<string>(colour)).toMatch(/^rgb\((?!255, 0, 0)/);
    await context.close();
  });

  test('is of use with ten thousand environments: what is urgent is open, what is long opens at a click', async () => {
    const many = Array.from({ length: 10_000 }, (_, index) => row(`customer-${index}`));
    const { context, page, noise } = await open(byUrgency([...many, row('dead', { grant_status: 'consent_needed' })]));
    expect(await page.getByRole('row').count()).toBe(2); // one under its header; what is closed has none
    await page.getByText('Connected 10,000').click();
    expect(await page.getByText('customer-9999', { exact: true }).isVisible()).toBe(true);
    expect(noise).toEqual([]);
    await context.close();
  });
});
