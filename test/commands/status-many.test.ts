import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { dayMs } from '../../scripts/text/duration';
import { makeWorkplace } from '../support/program';
import { environmentText } from '../support/servers/xero-server';

const tellMemory = `--import=data:text/javascript,${encodeURIComponent(
  "process.on('exit', () => console.error(Math.round(process.resourceUsage().maxRSS / 1024)));",
)}`;

test('the page and the metrics of ten thousand environments take little memory, and the page less than 5 MB', async () => {
  const place = makeWorkplace();
  const after = (ms: number): string => new Date(Date.now() + ms).toISOString();
  const rows = {
    access_token: 'the-access-token',
    refresh_token: 'the-refresh-token',
    access_token_expires_at: after(dayMs / 48),
    refresh_token_expires_at: after(60 * dayMs),
    generation: '7',
    grant_status: 'connected',
  };
  for (let index = 0; index < 10_000; index++) {
    const name = `customer-${index}`;
    place.write(name, environmentText(name, { ...rows, tenant_name: `Organisation ${index} Limited` }));
  }
  const args = ['status', '--metrics', 'status.prom', '--html', 'status.html'];
  const { stderr } = await place.run(args, { variables: { NODE_OPTIONS: tellMemory } });
  expect(Number(stderr)).toBeLessThan(300);
  const read = (file: string): string => fs.readFileSync(path.join(place.folder, file), 'utf8');
  const [page, metrics] = [read('status.html'), read('status.prom')];
  expect(page.length).toBeLessThan(5_000_000);
  expect(page.match(/<tr><th scope="row">/g)).toHaveLength(10_000);
  expect(metrics).toContain('evergrant_environments{state="connected"} 10000\n');
  expect(metrics).toContain('evergrant_generation{environment="customer-9999"} 7\n');
});
