import { writeFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import UPNG from 'upng-js';

const marginPx = 16;
const colours = 64;

/** Writes a picture of a page as a small PNG, from its top to just below the first element that `last` selects. */
export async function takePicture(page: Page, file: string, last: string): Promise<void> {
  const box = await page.locator(last).first().boundingBox();
  const width = page.viewportSize()?.width;
  if (box === null || width === undefined) throw new Error(`the page for ${file} shows no ${last}`);
  const height = Math.ceil(box.y + box.height) + marginPx;
  const shot = await page.screenshot({ clip: { x: 0, y: 0, width, height }, fullPage: true });
  const pixels = UPNG.toRGBA8(UPNG.decode(Uint8Array.from(shot).buffer));
  writeFileSync(file, Buffer.from(UPNG.encode(pixels, width, height, colours)));
}
