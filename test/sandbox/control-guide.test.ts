import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { controls } from '../../scripts/sandbox/control/control-guide';
import { WorldEvent } from '../../scripts/sandbox/world/events';
import { escapeHtml } from '../../scripts/text/html';
import { startSandboxProcess, type SandboxProcess } from '../support/sandbox';
import { consentLink } from './client';

let sandbox: SandboxProcess;
beforeAll(async () => {
  sandbox = await startSandboxProcess();
});
afterAll(() => sandbox.stop());

describe('the front page', () => {
  test.each(controls.map((one) => [one.method, one.path, one] as const))(
    'shows %s %s with an example that works',
    async (method, path, { text, example }) => {
      const page = await (await fetch(sandbox.url)).text();
      expect(page).toContain(escapeHtml(text));
      const { clientId } = await sandbox.app({ appType: 'web' });
      const body = JSON.stringify(
        example && 'link' in example ? { ...example, link: consentLink(sandbox, clientId) } : example,
      );
      if (example) expect(page).toContain(escapeHtml(JSON.stringify(example)));
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(`${sandbox.url}${path}`, { method, ...(example ? { headers, body } : {}) });
      expect([response.status, await response.text()]).toEqual([200, expect.stringMatching(/^[[{]/)]);
    },
  );

  test('shows how to send one', async () => {
    expect(await (await fetch(sandbox.url)).text()).toContain(`curl ${sandbox.url}/sandbox/clock --json `);
  });

  test('names every event', async () => {
    const page = await (await fetch(sandbox.url)).text();
    const names = WorldEvent.options.map(({ entries }) => entries.event.literal);
    expect(names.filter((name) => !page.includes(name))).toEqual([]);
  });

  test('shows no secret', async () => {
    const app = await sandbox.app({ appType: 'web' });
    expect(await (await fetch(sandbox.url)).text()).not.toContain(app.clientSecret ?? 'a web app has one');
  });
});
