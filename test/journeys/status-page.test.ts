import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DayCounter, daysCounted, firstDayAt, type DailyHistory } from '../../scripts/history/days';
import { statusPage, type BoardRow } from '../../scripts/status/page/page';
import { statusRow, byUrgency, unreadableRow } from '../../scripts/status/rows';
import { dayMs } from '../../scripts/text/duration';
import { faultsInBothSchemes, openPage, vocabulary, type OpenPage } from '../support/browser/browser-page';
import { isWithoutBrowser, launchChromium } from '../support/browser/chromium';
import { environmentOf, type Rows } from '../support/environments';
import { makeWorkplace, type Workplace } from '../support/program';

const now = new Date('2026-11-22T10:00:00.000Z');
const after = (minutes: number): string => new Date(now.getTime() + minutes * 60_000).toISOString();
const hostile = `<script>document.title='hacked'</script>"'&<img src=x onerror="document.title='hacked'">${'w'.repeat(90)}`;

function row(name: string, rows: Rows = {}): BoardRow {
  const connected: Rows = {
    app_type: 'web',
    access_token: 'the-access-token',
    refresh_token: 'the-refresh-token',
    access_token_expires_at: after(29),
    refresh_token_expires_at: after(60 * 24 * 59),
    tenant_name: 'Maple Bakery',
  };
  const environment = environmentOf({ ...connected, ...rows }, name);
  const last = { at: new Date(after(-4)), outcome: 'refreshed', since: now, move: null } as const;
  return { ...statusRow(environment, last, now), consentedBy: `Jo of ${name}` };
}

/** Sixty days of one name: steady, but for these days with failures as well, and these with nothing at all. */
function historyOf(name: string, failing: readonly number[] = [], silent: readonly number[] = []): DailyHistory {
  const counter = new DayCounter(now);
  for (let day = 0; day < daysCounted; day++) {
    const atMs = firstDayAt(now).getTime() + day * dayMs;
    if (failing.includes(day)) counter.add(name, atMs, 'temporary_failure');
    if (!silent.includes(day)) counter.add(name, atMs, 'refreshed');
  }
  return counter.history();
}

const history = historyOf('acme', [3, 5], [7, 8, 9]);

/** Some of each state, with names as bad as they come. */
function fleet(): BoardRow[] {
  return byUrgency([
    row('acme'),
    row('b'.repeat(100), { tenant_name: hostile }),
    row('cedar', { grant_status: 'consent_needed', tenant_name: '\u202Eمخبز القيقب' }),
    row('dill', { refresh_started_at: after(-10) }),
    row('elder', { refresh_token: '', tenant_name: '' }),
    {
      ...unreadableRow(hostile, null, { code: 'not_json', message: `${hostile} is not JSON`, hint: 'restore it' }),
      consentedBy: hostile,
    },
  ]);
}

describe('the status page', () => {
  test('differs only in the names, whatever they are: every value is escaped', () => {
    const page = statusPage(fleet(), history, now);
    expect(page.match(/<script/g)).toEqual(['<script']); // its own
    expect(page).not.toMatch(/<img|onerror="/);
    expect(page).toContain('&#60;script&#62;');
  });

  test('holds no token', () => {
    expect(statusPage(fleet(), history, now)).not.toMatch(/the-(access|refresh)-token/);
  });

  test('says so when there is nothing to show', () => {
    const page = statusPage([], history, now);
    expect(page).toContain('<p>No connections. As of ');
    expect(page).not.toMatch(/<form|<script>/);
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

  async function open(rows: readonly BoardRow[], javaScriptEnabled = true): Promise<OpenPage> {
    const file = path.join(place.folder, 'status.html');
    fs.writeFileSync(file, statusPage(rows, history, now));
    const opened = await openPage(browser, { origins: ['null'], javaScriptEnabled });
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
      'Maple Bakery\nby Jo of acme',
      '',
      '29 min',
      '2027-01-20, in 59 d',
      'refreshed 4 min ago',
    ]);
    expect(await page.locator('time').getAttribute('datetime')).toBe(now.toISOString());
    await context.close();
  });

  test('names each value where a narrow window has no room for a table', async () => {
    const { context, page } = await open(fleet());
    await page.setViewportSize({ width: 360, height: 800 });
    const labels = await page.evaluate<string[]>(`[...document.querySelectorAll('.interrupted td')].map(
      (cell) => getComputedStyle(cell, '::before').content)`);
    expect(labels).toEqual(['none', 'none', '"Access token: "', '"Consent needed by: "', '"Last outcome: "']);
    await context.close();
  });

  test('is made of a few words of HTML', async () => {
    const { context, page } = await open(fleet());
    const elements =
      'bdi body details div form h1 h2 head html i input label main meta option output p path script select';
    const more = 'small span style summary svg table tbody td th thead time title tr';
    const attributes =
      'autocomplete charset class content d data-silent data-troubled datetime http-equiv lang name open';
    const last = 'preserveAspectRatio role scope type value viewBox';
    const expected = [`${elements} ${more}`.split(' '), `${attributes} ${last}`.split(' ').map((name) => `@${name}`)];
    expect(await vocabulary(page)).toEqual(expected.flat().sort());
    await context.close();
  });

  test('draws the last sixty days, and says in words what it draws', async () => {
    const { context, page } = await open(fleet());
    const picture = page.getByRole('row', { name: /^acme/ }).getByRole('img');
    expect(await picture.locator('title').textContent()).toBe(
      'Of 60 days: refreshed on 57, failures on 2, silent on 3',
    );
    const drawn = (kind: string): Promise<string | null> => picture.locator(`path.${kind}`).getAttribute('d');
    expect([await drawn('g'), await drawn('b'), await drawn('n')]).toEqual([
      'M0 4h3v6h-3zM3 4h1v6h-1zM4 4h1v6h-1zM5 4h1v6h-1zM6 4h1v6h-1zM10 4h50v6h-50z',
      'M3 0h1v4h-1zM5 0h1v4h-1z',
      'M7 9h3v1h-3z',
    ]);
    const unknown = page.getByRole('row', { name: /^dill/ }).getByRole('img');
    expect(await unknown.locator('title').textContent()).toBe(
      'Of 60 days: refreshed on 0, failures on 0, silent on 60',
    );
    expect(
      await page
        .getByRole('row', { name: /^elder/ })
        .getByRole('img')
        .count(),
    ).toBe(0); // never connected
    await context.close();
  });

  test('never has what fails among the green', async () => {
    const failing = { ...row('fig'), standing: { detail: 'failing', since: new Date(after(-60)) } } as const;
    const { context, page } = await open(byUrgency([...fleet(), failing]));
    const green = page.locator('details.connected');
    expect(await green.getByRole('rowheader').allInnerTexts()).toEqual(['acme', 'b'.repeat(100)]);
    const section = page.locator('details.failing');
    expect(await section.getByRole('rowheader').allInnerTexts()).toEqual(['fig']);
    const colour = (selector: string): Promise<string> =>
      page.evaluate<string>(`getComputedStyle(document.querySelector('${selector}')).color`);
    expect(await colour('.failing h2')).not.toBe(await colour('.connected h2'));
    await context.close();
  });

  test('finds by name, organisation, person and state, and says how many', async () => {
    const { context, page, noise } = await open(fleet());
    const search = page.getByRole('searchbox', { name: 'Search' });
    const found = (): Promise<string[]> => page.locator('details:visible th[scope=row]').allInnerTexts();
    for (const [typed, names] of [
      ['ACM', ['acme']],
      ['maple dill', ['dill']],
      ['jo of ced', ['cedar']],
      ['consent needed', ['cedar']],
      ['never', ['elder']],
      ['nobody at all', []],
    ] as const) {
      await search.fill(typed);
      expect([typed, await found()]).toEqual([typed, names]);
      const count = names.length === 1 ? '1 is found' : '0 are found';
      expect(await page.locator('output').innerText()).toBe(count);
    }
    await search.fill('');
    expect(await found()).toHaveLength(fleet().length);
    expect(noise).toEqual([]);
    await context.close();
  });

  test('sorts each section by what is chosen', async () => {
    const rows = ['zebra', 'acme', 'mango'].map((name) => row(name, { tenant_name: `${name.length} of ${name}` }));
    const { context, page } = await open(rows);
    const sort = page.getByRole('combobox', { name: 'Sort by' });
    const names = (): Promise<string[]> => page.getByRole('rowheader').allInnerTexts();
    expect(await names()).toEqual(['zebra', 'acme', 'mango']);
    for (const [by, expected] of [
      ['environment', ['acme', 'mango', 'zebra']],
      ['organisation', ['acme', 'mango', 'zebra']],
      ['silent days', ['zebra', 'mango', 'acme']],
      ['days with failures', ['acme', 'zebra', 'mango']],
      ['urgency', ['zebra', 'acme', 'mango']],
    ] as const) {
      await sort.selectOption(by);
      expect([by, await names()]).toEqual([by, expected]);
    }
    await context.close();
  });

  test('is whole without its script, and then offers neither search nor sort', async () => {
    const { context, page, noise } = await open(fleet(), false);
    expect(await page.getByRole('rowheader').count()).toBe(fleet().length);
    expect(await page.getByRole('searchbox').count()).toBe(0);
    expect(noise).toEqual([]);
    await context.close();
  });

  test('is printed in the colours of paper, with its pictures and without what can only be typed', async () => {
    const { context, page } = await open(fleet());
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    const paper = `getComputedStyle(document.body).backgroundColor`;
    expect(await page.evaluate<string>(paper)).toBe('rgb(242, 245, 247)');
    expect(await page.getByRole('searchbox').isVisible()).toBe(false);
    expect(await page.getByRole('img').first().isVisible()).toBe(true);
    await context.close();
  });

  test('lets nothing but its own style and script in, whoever puts it there', async () => {
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
    await page.getByText('customer-9999', { exact: true }).scrollIntoViewIfNeeded();
    expect(await page.getByText('customer-9999', { exact: true }).isVisible()).toBe(true);
    await page.getByRole('searchbox').fill('customer-777');
    expect(await page.locator('output').innerText()).toBe('11 are found');
    expect(await page.locator('details:visible th[scope=row]').count()).toBe(11);
    await page.getByRole('searchbox').fill('');
    expect(await page.locator('th[scope=row]').count()).toBe(10_001);
    expect(noise).toEqual([]);
    await context.close();
  });
});
