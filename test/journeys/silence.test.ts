import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeWorkplace, type Workplace } from '../support/program';
import { startXeroServer, type XeroServer } from '../support/servers/xero-server';

let xero: XeroServer;
let place: Workplace;

beforeAll(async () => {
  xero = await startXeroServer();
  place = makeWorkplace();
});

afterAll(() => xero.close());

test('off a terminal no command says anything on stderr when all is well', async () => {
  const connected = (name: string): void => place.write(name, xero.environment('web', name, xero.connectedRows()));
  connected('acme');
  const { stdout: link } = await place.run(['consent', 'acme', '--no-check']);
  const steps: [string[], string?][] = [
    [['consent', 'acme']],
    [['consent', 'acme', '--message', '--valid-for', '1d']],
    [['exchange', 'acme'], xero.consent(link.trim())],
    [['refresh', 'acme', '--force']],
    [['refresh', 'acme', '--force', '--report', 'reports']],
    [['refresh', '--all', '--force', '--no-jitter']],
    [['refresh', '--all', '--dry-run']],
    [['status']],
    [['status', '--check']],
    [['status', '--html', 'status.html', '--metrics', 'status.prom']],
    [['list']],
    [['find', 'Maple Bakery']],
    [['log', 'acme']],
    [['token', 'acme']],
    [['exec', 'acme', process.execPath, '-e', '0']],
    [['connections', 'acme']],
    [['lint', path.resolve('collections/xero-oauth2.postman_collection.json')]],
    [['init', 'birch', '--client-id', 'the-client', '--app-type', 'pkce']],
    [['revoke', 'acme', '--yes']],
    [['log', 'birch']],
  ];
  const said: [string, string][] = [];
  for (const [args, input] of steps) {
    const { code, stderr } = await place.run(args, input === undefined ? {} : { input });
    if (stderr !== '' || code !== 0) said.push([`${args.join(' ')}: ${code}`, stderr]);
  }
  expect(said).toEqual([]);
});
