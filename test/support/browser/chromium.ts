import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { chromium, type Browser } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Where this machine has a Chromium: in `CHROMIUM`, or by one of its names on the PATH. */
function chromiumPath(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '');
  const usual = folders.flatMap((folder) => names.map((name) => path.join(folder, name)));
  return [process.env['CHROMIUM'] ?? '', ...usual].find((file) => file !== '' && isExecutable(file));
}

/** Whether browser tests are left out: never where `BROWSER_TESTS=required`, as in CI: there a missing one is a failure. */
export const isWithoutBrowser = chromiumPath() === undefined && process.env['BROWSER_TESTS'] !== 'required';

/** A browser that talks to nobody but the pages it is given; `more` are its arguments. @throws Error when there is none */
export async function launchChromium(more: readonly string[] = []): Promise<Browser> {
  const executablePath = chromiumPath();
  if (executablePath === undefined) throw new Error('no Chromium: install it, or set CHROMIUM to its path');
  const quiet = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];
  const still = ['--disable-component-update', '--disable-sync'];
  const isRoot = process.getuid?.() === 0;
  return chromium.launch({ executablePath, args: [...quiet, ...still, ...more, ...(isRoot ? ['--no-sandbox'] : [])] });
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false; // not there
  }
}
