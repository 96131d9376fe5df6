import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launchChromium } from '../../support/browser/chromium';
import { makeWorkplace } from '../../support/program';
import { startProgram } from '../../support/running';
import { startSandboxProcess, type PostmanEnvironment, type SandboxProcess } from '../../support/sandbox';
import { openDesk } from './desk';
import { takePicture } from './picture';
import { rendered, type Visualization } from './run';

const at = new Date('2026-11-23T10:00:00Z');
const organisation = 'Harbour Lane Bakery';
const callbackAddress = 'http://localhost:8080/callback';

/** Where pictures go, and the browser that shows what is on them. */
type Easel = { readonly browser: Browser; readonly folder: string };

/**
 * Draws the pictures of the guide into a folder: the collection's own pages, the sandbox's and the callback page, from a
 * real consent, in a browser. Only the clock of the scripts is stopped, and the link that everybody sees is an example.
 */
export async function drawPictures(folder: string): Promise<void> {
  const [sandbox, browser] = await Promise.all([startSandboxProcess(), launchChromium()]);
  try {
    const app = await sandbox.app({ appType: 'web', name: 'Bookkeeping by Example' });
    const environment = await sandbox.environment('web', 'acme', app.clientId);
    await drawDesk(environment, sandbox, { browser, folder });
    await drawCallbackPage(environment, { browser, folder });
  } finally {
    await Promise.all([browser.close(), sandbox.stop()]);
  }
}

/** What support staff and their customer see: a link, a consent, its exchange, a refresh, and a code that came too late. */
async function drawDesk(environment: PostmanEnvironment, sandbox: SandboxProcess, easel: Easel): Promise<void> {
  const desk = openDesk(environment, at);
  const draw = await openEasel(easel);
  const consentLink = await desk.send('Consent link');
  await draw('consent-link', exampleOf(consentLink), 'output');
  desk.paste(await allowAccess(easel, linkOf(consentLink), 'consent-page'));
  await draw('exchange-code', await desk.send('Exchange code'), 'ol');
  await draw('refresh-tokens', await desk.send('Refresh tokens'));
  desk.paste(await sandbox.consent(linkOf(await desk.send('Consent link'))));
  await sandbox.clock('6m');
  await draw('refused', await desk.send('Exchange code'));
}

/** What a customer sees at the end where `listen` runs. */
async function drawCallbackPage(environment: PostmanEnvironment, easel: Easel): Promise<void> {
  const place = makeWorkplace();
  place.write('acme', JSON.stringify(environment));
  const { stdout: link } = await place.run(['consent', 'acme']);
  const listener = startProgram(place.folder, ['listen', '--port', '0']);
  try {
    const line = await new Promise<string>((resolve) =>
      listener.stdout.once('data', (chunk) => resolve(String(chunk))),
    );
    const { search } = new URL(await allowAccess(easel, link.trim()));
    const page = await openPage(easel, { width: 720, height: 240 });
    await page.goto(`${/http:\S+/.exec(line)?.[0]}${search}`);
    await takePicture(page, path.join(easel.folder, 'callback-page.png'), 'main');
  } finally {
    listener.signal('SIGTERM');
    await listener.ended;
  }
}

async function openPage({ browser }: Easel, viewport = { width: 640, height: 1200 }): Promise<Page> {
  const context = await browser.newContext({ viewport, colorScheme: 'light' });
  return context.newPage();
}

/** Opens a link as the customer does, chooses the organisation and allows: the address they end on. */
async function allowAccess(easel: Easel, link: string, name?: string): Promise<string> {
  const page = await openPage(easel);
  await page.route(`${callbackAddress}**`, (route) => route.abort());
  await page.goto(link);
  await page.getByRole('button', { name: 'Sign in' }).click();
  for (const box of await page.getByRole('checkbox', { checked: true }).all()) await box.uncheck();
  await page.getByRole('checkbox', { name: organisation }).check();
  if (name !== undefined) await takePicture(page, path.join(easel.folder, `${name}.png`), 'main');
  const [ended] = await Promise.all([
    page.waitForRequest((request) => request.url().startsWith(callbackAddress)),
    page.getByRole('button', { name: 'Allow access' }).click(),
  ]);
  await page.context().close();
  return ended.url();
}

/** A page on which what the Visualize tab shows is drawn, down to the first element that `last` selects. */
async function openEasel(easel: Easel): Promise<(name: string, shown: Visualization, last?: string) => Promise<void>> {
  const page = await openPage(easel);
  return async (name, shown, last = 'main') => {
    await page.setContent(rendered(shown));
    await takePicture(page, path.join(easel.folder, `${name}.png`), last);
  };
}

function linkOf({ data }: Visualization): string {
  const link = /http:[^"]+&state=[^"\\]+/.exec(JSON.stringify(data))?.[0];
  if (link === undefined) throw new Error('Consent link shows no link');
  return link;
}

/** The same page with Xero's address, no app's id and no state in its link. */
function exampleOf(shown: Visualization): Visualization {
  const link = linkOf(shown);
  const example = new URL(link);
  const text = link
    .replace(example.origin, 'https://login.xero.com')
    .replace(/client_id=[^&]+/, 'client_id=EXAMPLE')
    .replace(/state=[^&]+/, 'state=eg2.example');
  return { ...shown, data: JSON.parse(JSON.stringify(shown.data).replaceAll(link, text)) };
}
