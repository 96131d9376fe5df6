import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { plainName } from '../../scripts/environment/plain-name';
import { faultsOf, openPage, overflow, type OpenPage } from '../support/browser/browser-page';
import { isWithoutBrowser, launchChromium } from '../support/browser/chromium';
import { goodAnswers, plainWords, requestNames, sendOnce, type Words } from './support/requests';
import { startServer, type Answer, type Server } from './support/server';

const hostile: Words = {
  organisation: `<script>document.title='hacked'</script>"'&{{x}}`,
  other: `</textarea></style><img src=x onerror="document.title='hacked'">${'w'.repeat(200)}`,
  person: `{{{{raw}}}}"><svg onload=alert(1)>`,
  email: `'onfocus='alert(1)'@${'x'.repeat(120)}.example`,
  scope: `<b>${'s'.repeat(90)}</b>{scope}`,
  environment: `{{#each this}}<script>alert('1')</script>`,
};

const refusal: Answer = { status: 403, body: { error: 'invalid_grant' } };

/** The pages, as Postman renders them, by name. */
const pages = new Map<string, string>();
let browser: Browser;

beforeAll(async () => {
  if (isWithoutBrowser) return;
  const server = await startServer();
  for (const request of requestNames) {
    pages.set(request, await pageOf(server, request, plainWords));
    pages.set(`${request}, hostile`, await pageOf(server, request, hostile));
    const found = request === 'Remove connection' ? goodAnswers(request).slice(0, 1) : [];
    pages.set(`${request}, refused`, await pageOf(server, request, plainWords, [...found, refusal]));
  }
  await server.close();
  browser = await launchChromium();
}, 300_000);
afterAll(() => browser?.close());

async function pageOf(server: Server, request: string, words: Words, answers?: Answer[]): Promise<string> {
  const other = { tenant_id: 'one', tenant_name: words.other, grant_status: 'consent_needed' };
  const settings = words === hostile && !['Remove connection', 'Revoke consent'].includes(request) ? other : {};
  return (await sendOnce(server, request, settings, words, answers)).pages[0] ?? '';
}

const open = (colorScheme: 'light' | 'dark'): Promise<OpenPage> => openPage(browser, { colorScheme });

describe.skipIf(isWithoutBrowser)('the pages of the Visualize tab', () => {
  test('exist for every request, done or refused', () => {
    expect([...pages].filter(([, html]) => html === '').map(([name]) => name)).toEqual([]);
    expect(pages.size).toBe(3 * requestNames.length);
  });

  test.each(['light', 'dark'] as const)(
    'fit, are silent and accessible in a %s theme',
    async (scheme) => {
      const { context, page, noise } = await open(scheme);
      const faults: Record<string, unknown> = {};
      for (const [name, html] of pages) {
        await page.setContent(html);
        const found = await faultsOf(page);
        if (found.length > 0) faults[name] = found;
      }
      await context.close();
      expect(faults).toEqual({});
      expect(noise).toEqual([]);
    },
    60_000,
  );

  test('show hostile values as the text they are', async () => {
    const { context, page, noise } = await open('light');
    const text = async (name: string): Promise<string> => {
      await page.setContent(pages.get(`${name}, hostile`) ?? '');
      return page.locator('body').innerText();
    };
    const seen = {
      consent: await text('Consent link'),
      exchange: await text('Exchange code'),
      connections: await text('List connections'),
      access: await text('Check access'),
    };
    expect(seen.consent).toContain(hostile.scope);
    expect(seen.consent).toContain(hostile.environment);
    const [organisation, other, person] = [hostile.organisation, hostile.other, hostile.person].map(plainName);
    for (const word of [organisation, other, person, hostile.email, hostile.scope, hostile.environment]) {
      expect(seen.exchange).toContain(word);
    }
    expect(seen.connections).toContain(organisation);
    expect(seen.connections).toContain(other);
    expect(seen.access).toContain(organisation);
    await context.close();
    expect(noise).toEqual([]);
  });

  test('mean the same inside a document of Postman', async () => {
    const { context, page, noise } = await open('dark');
    const wrapped = `<html><head><script>var pm = {};</script></head><body>${pages.get('Consent link')}</body></html>`;
    await page.setViewportSize({ width: 360, height: 800 });
    await page.setContent(wrapped);
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    expect(await page.evaluate('[document.title, document.documentElement.lang]')).toEqual([
      'The consent link is ready',
      'en',
    ]);
    await context.close();
    expect(noise).toEqual([]);
  });

  test('give nothing to see by colour alone: each says in words how it went', async () => {
    const { context, page } = await open('light');
    const marks: string[] = [];
    for (const html of pages.values()) {
      await page.setContent(html);
      marks.push(await page.locator('.mark').innerText());
    }
    await context.close();
    expect(marks.filter((mark) => !/^[✓✕] [A-Z][a-z]+$/.test(mark))).toEqual([]);
  });
});

/** What is used of the browser's own element. */
interface Frame {
  setAttribute(name: string, value: string): void;
}

describe.skipIf(isWithoutBrowser)('the texts to copy', () => {
  /** Shows the page in a frame as closed as one can be, beside a field to paste into. */
  async function framed(page: Page): Promise<void> {
    await page.setContent('<iframe sandbox="allow-scripts" width="900" height="900"></iframe><textarea></textarea>');
    await page
      .locator('iframe')
      .evaluate((frame: Frame, html) => frame.setAttribute('srcdoc', html), pages.get('Consent link') ?? '');
  }

  test.each([
    ['Link', 'Copy the link'],
    ['Note ready to send', 'Copy the note'],
  ])('%s: one press copies it, whole', async (label, button) => {
    const { context, page, noise } = await open('light');
    await framed(page);
    const frame = page.frameLocator('iframe');
    const text = await frame.getByLabel(label).inputValue();
    await frame.getByRole('button', { name: button }).click();
    expect(await frame.getByRole('status').allInnerTexts()).toContain('Copied.');
    const field = page.locator('textarea');
    await field.focus();
    await page.keyboard.press('Control+V');
    expect(await field.inputValue()).toBe(text);
    await context.close();
    expect(noise).toEqual([]);
  });

  test('stand in read-only fields, also without scripts, and then without buttons', async () => {
    const { context, page } = await openPage(browser, { javaScriptEnabled: false });
    await page.setContent(pages.get('Consent link') ?? '');
    expect(await page.getByLabel('Link').inputValue()).toMatch(/^http.*&state=eg2\./);
    expect(await page.getByLabel('Note ready to send').getAttribute('readonly')).toBe('');
    expect(await page.getByRole('button').count()).toBe(0);
    await context.close();
  });
});
