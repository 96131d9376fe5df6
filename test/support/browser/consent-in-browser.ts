import type { Page } from 'playwright-core';

/** Opens a consent link on the sandbox and signs in, if need be: the page to choose organisations stands. */
export async function openLink(page: Page, link: string): Promise<void> {
  await page.goto(link);
  const signIn = page.getByRole('button', { name: 'Sign in' });
  if (await signIn.isVisible()) await signIn.click();
  await page.getByRole('button', { name: 'Allow access' }).waitFor();
}

/** Chooses one organisation and allows, or presses Cancel for `cancel`; waits for the page that the browser is sent to. */
export async function answer(page: Page, choice: string, redirectUri: string): Promise<void> {
  for (const box of await page.getByRole('checkbox').all()) await box.uncheck();
  if (choice === 'cancel') await page.getByRole('button', { name: 'Cancel' }).click();
  else {
    await page.getByRole('checkbox', { name: choice }).check();
    await page.getByRole('button', { name: 'Allow access' }).click();
  }
  await page.waitForURL((address) => address.href.startsWith(redirectUri));
}
