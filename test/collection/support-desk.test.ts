import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startXeroServer, type XeroServer } from '../support/servers/xero-server';
import { textOf } from './support/page-text';
import { globals, send, template, type AppType, type Outcome, type Settings } from './support/send';

let xero: XeroServer;

beforeAll(async () => {
  xero = await startXeroServer();
});
afterAll(() => xero.close());

/** What a person did besides pressing Send. */
type Effort = { sends: string[]; pastes: number; edits: string[] };

/**
 * Postman with the collection and a template imported, and the app's id and secret filled in once. What scripts put into
 * the environment is there at the next Send, as in the app; what else changes there was a person's doing, and is counted.
 */
function openPostman(appType: AppType, name: string) {
  const { values: rows } = JSON.parse(xero.environment(appType, name)) as { values: { key: string; value: string }[] };
  const app = Object.fromEntries(rows.map(({ key, value }) => [key, value]));
  const environment = { name, values: template(appType).values };
  const set = (changes: Settings): void => {
    environment.values = environment.values.map((row) => ({ ...row, value: changes[row.key] ?? row.value }));
  };
  set(app);
  const effort: Effort = { sends: [], pastes: 0, edits: [] };
  let afterSend = JSON.stringify(environment.values);
  const countEdits = (): void => {
    const before = new Map((JSON.parse(afterSend) as typeof rows).map(({ key, value }) => [key, value]));
    for (const { key, value } of environment.values) {
      if (before.get(key) === value) continue;
      if (key === 'callback_url') effort.pastes += 1;
      else effort.edits.push(key);
    }
  };
  return {
    effort,
    value: (key: string): string => environment.values.find((row) => row.key === key)?.value ?? '',
    paste: (text: string): void => set({ callback_url: text }),
    write: (key: string, value: string): void => set({ [key]: value }),
    async send(request: string): Promise<Outcome & { text: string[] }> {
      countEdits();
      effort.sends.push(request);
      const random = { random_bytes: randomBytes(64).toString('hex') };
      const outcome = await send(request, environment, { globals: globals(random) });
      set(outcome.changed);
      afterSend = JSON.stringify(environment.values);
      return { ...outcome, text: outcome.pages.flatMap((page) => textOf(page)) };
    },
  };
}

function linkOn(text: string[]): string {
  return text[text.indexOf('Link') + 1] ?? '';
}

test.each(['web', 'pkce'] as const)(
  'of a %s app: two sends and one paste lead to a connected organisation',
  async (appType) => {
    const postman = openPostman(appType, 'acme');
    const { text } = await postman.send('Consent link');
    const callback = xero.consent(linkOn(text));
    postman.paste(` “${callback.replaceAll(/(.{60})/g, '$1\r\n')}”,\n`);
    const { text: page, failures } = await postman.send('Exchange code');
    expect(failures).toEqual([]);
    expect(page[1]).toBe('Maple Bakery is connected');
    expect(postman.value('tenant_name')).toBe('Maple Bakery');
    expect(postman.value('grant_status')).toBe('connected');
    expect(postman.effort).toEqual({ sends: ['Consent link', 'Exchange code'], pastes: 1, edits: [] });
  },
);

test('Send alone keeps it connected and lists it, and typing its name ends it', async () => {
  const postman = openPostman('web', 'acme');
  postman.paste(xero.consent(linkOn((await postman.send('Consent link')).text)));
  for (const request of ['Exchange code', 'Refresh tokens', 'Refresh tokens', 'List connections']) {
    expect((await postman.send(request)).failures).toEqual([]);
  }
  expect(postman.effort).toMatchObject({ pastes: 1, edits: [] });
  for (const [request, name] of [
    ['Remove connection', 'Maple Bakery'],
    ['Revoke consent', 'acme'],
  ] as const) {
    expect((await postman.send(request)).failures.join()).toContain(`write ${name} into disconnect_confirm`);
    postman.write('disconnect_confirm', name);
    expect((await postman.send(request)).failures).toEqual([]);
  }
  expect(postman.value('generation')).toBe('3');
  expect(postman.value('refresh_token')).toBe('');
  expect(postman.effort).toMatchObject({ pastes: 1, edits: ['disconnect_confirm', 'disconnect_confirm'] });
});

test('a custom connection takes one send and no paste', async () => {
  const postman = openPostman('custom_connection', 'acme');
  const { failures } = await postman.send('Get access token');
  expect(failures).toEqual([]);
  expect(postman.value('tenant_id')).not.toBe('');
  expect(postman.effort).toEqual({ sends: ['Get access token'], pastes: 0, edits: [] });
});

test('after Cancel, a wrong paste or a late answer, a new link and one more paste are enough', async () => {
  const postman = openPostman('pkce', 'acme');
  const first = linkOn((await postman.send('Consent link')).text);
  postman.paste('http://localhost:8080/callback?error=access_denied');
  expect((await postman.send('Exchange code')).failures.join()).toContain('the customer pressed Cancel');
  postman.paste(first);
  expect((await postman.send('Exchange code')).failures.join()).toContain('the consent link itself');
  const second = linkOn((await postman.send('Consent link')).text);
  postman.paste(xero.consent(first));
  expect((await postman.send('Exchange code')).failures.join()).toContain('answers another link than the newest');
  postman.paste(xero.consent(second));
  expect((await postman.send('Exchange code')).failures).toEqual([]);
  expect(postman.effort).toMatchObject({ pastes: 4, edits: [] });
});
