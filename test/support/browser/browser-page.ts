import axe from 'axe-core';
import type { Browser, BrowserContext, Page, Request } from 'playwright-core';

export interface OpenPage {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What the page said on the console, threw, or asked of anybody but its own server: nothing, on a good page. */
  readonly noise: readonly string[];
}

export interface PageOptions {
  readonly colorScheme?: 'light' | 'dark';
  readonly javaScriptEnabled?: boolean;
  /** Who may be asked for anything at all, as `http://localhost:8080`; nobody else is reached. */
  readonly origins?: readonly string[];
}

/** Opens an empty page without cookies or history. */
export async function openPage(browser: Browser, { origins = [], ...options }: PageOptions = {}): Promise<OpenPage> {
  const context = await browser.newContext(options);
  const noise: string[] = [];
  const isOwn = (request: Request): boolean => origins.includes(new URL(request.url()).origin);
  context.on('request', (request) => isOwn(request) || noise.push(`network: ${request.url()}`));
  await context.route('**', (route) => (isOwn(route.request()) ? route.continue() : route.abort()));
  const page = await context.newPage();
  page.on('console', (message) => {
    const isStatus = message.location().url === page.url() && message.text().startsWith('Failed to load resource: the');
    if (!isStatus) noise.push(`console: ${message.text()}`); // Chromium's word for a page of 4xx or 5xx itself
  });
  page.on('pageerror', (error) => noise.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => (noise.push(`dialog: ${dialog.message()}`), dialog.dismiss()));
  return { context, page, noise };
}

/** How many pixels the page, or anything on it, is wider than the window. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate<number>(`(() => {
    const { clientWidth, scrollWidth } = document.documentElement;
    const rights = [...document.body.querySelectorAll('*')].map((one) => one.getBoundingClientRect().right);
    return Math.max(scrollWidth, ...rights) - clientWidth;
  })()`);
}

/** What axe finds wrong, with the elements it finds it on. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations: all } = await page.evaluate<axe.AxeResults>('axe.run()');
  return all.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`);
}

/** From the desktop to the smallest telephone, in pixels. */
const widths = [1280, 768, 360] as const;

/** What is wrong with the page as it stands: too wide for a window, or against axe's rules. */
export async function faultsOf(page: Page): Promise<string[]> {
  const faults: string[] = [];
  for (const width of widths) {
    await page.setViewportSize({ width, height: 800 });
    const wider = await overflow(page);
    if (wider > 0) faults.push(`${wider} px too wide at ${width}`);
  }
  return [...faults, ...(await violations(page))];
}

/** What is wrong with the page, at any width, in the light and in the dark, which it has to obey. */
export async function faultsInBothSchemes(page: Page): Promise<string[]> {
  const faults: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const found = colorScheme === 'light' ? await faultsOf(page) : await violations(page);
    if ((await brightness(page)) > 0.5 !== (colorScheme === 'light')) found.push('has the colours of the other scheme');
    faults.push(...found.map((fault) => `${colorScheme}: ${fault}`));
  }
  return faults;
}

/** Of the page's background: 0 is black, 1 is white. */
async function brightness(page: Page): Promise<number> {
  const colour = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
  const parts = (colour.match(/\d+/g) ?? []).slice(0, 3).map(Number);
  return parts.reduce((sum, part) => sum + part, 0) / (3 * 255);
}

/** The names of all elements and attributes of the page, each once. */
export function vocabulary(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`[...new Set([...document.querySelectorAll('*')].flatMap(
    (one) => [one.localName, ...one.getAttributeNames().map((name) => '@' + name)]))].sort()`);
}
