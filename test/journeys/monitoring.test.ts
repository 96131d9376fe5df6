import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { expectNoSecret } from '../support/leaks';
import { makeWorkplace, type Result, type RunOptions, type Workplace } from '../support/program';
import { startProgram } from '../support/running';
import { answerWith, holdTokenRequest, startXeroServer, type XeroServer } from '../support/servers/xero-server';

let xero: XeroServer;
let place: Workplace;
/** A monitor, what it was told, and how it answers. */
let monitor: http.Server;
let told: string[];
let status: number;

beforeAll(async () => {
  xero = await startXeroServer();
  monitor = http.createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      told.push(`${request.url} ${body.trim()}`.trim());
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => monitor.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  monitor.closeAllConnections();
  await new Promise((resolve) => monitor.close(resolve));
  await xero.close();
});

beforeEach(() => {
  place = makeWorkplace();
  xero.forget();
  [told, status] = [[], 200];
});

const due = { access_token_expires_at: '2026-01-01T00:00:00.000Z' };

function connect(name: string, rows: Readonly<Record<string, string>> = {}): void {
  place.write(name, xero.environment('web', name, { ...xero.connectedRows(), ...rows }));
}

const address = (): string => `http://127.0.0.1:${(monitor.address() as AddressInfo).port}/ping/k3y-of-the-monitor`;

/** A run of cron's, with the address in `.env`. */
async function tick(more: readonly string[] = [], options: RunOptions = {}): Promise<Result> {
  fs.writeFileSync(path.join(place.folder, '.env'), `EVERGRANT_PING_URL=${address()}\n`, { mode: 0o600 });
  const result = await place.run(['refresh', '--all', '--no-jitter', '--patience', '0s', ...more], options);
  expectNoSecret(result.stdout + result.stderr, ['k3y-of-the-monitor'], 'what a run says');
  return result;
}

describe('a monitor is told', () => {
  test('of the beginning and the end of a run, in counts', async () => {
    connect('acme', due);
    connect('birch');
    expect(await tick()).toMatchObject({ code: 0, stderr: '' });
    expect(told).toEqual([
      '/ping/k3y-of-the-monitor/start',
      '/ping/k3y-of-the-monitor 2 environments: 1 refreshed, 1 not due; exit code 0',
    ]);
  });

  test('of a failure, and of a run that could not begin', async () => {
    connect('acme', due);
    xero.next('token', answerWith(503, ''));
    expect((await tick()).code).toBe(4);
    fs.rmSync(place.fileOf('acme'));
    expect((await tick()).code).toBe(2);
    expect(told.filter((one) => !one.endsWith('/start'))).toEqual([
      '/ping/k3y-of-the-monitor/fail 1 environment: 1 temporary failure; exit code 4',
      '/ping/k3y-of-the-monitor/fail the run could not begin; exit code 2',
    ]);
  });

  test('of the end, though the metrics can’t be written', async () => {
    connect('acme', due);
    const { code, stderr } = await tick(['--metrics', 'nowhere/evergrant.prom']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('cannot write nowhere/evergrant.prom (ENOENT)')]);
    expect(told.at(-1)).toBe('/ping/k3y-of-the-monitor/fail 1 environment: 1 refreshed; exit code 2');
  });

  test('of a run that a second signal has ended', async () => {
    connect('acme', due);
    const held = holdTokenRequest(xero);
    const args = ['refresh', '--all', '--no-jitter', '--metrics', 'evergrant.prom', '--ping', address()];
    const running = startProgram(place.folder, args);
    await held.arrived;
    running.signal('SIGINT');
    running.signal('SIGTERM');
    const { code } = await running.ended;
    held.answer();
    expect([130, 143]).toContain(code); // whichever comes first
    expect(told.at(-1)).toBe(`/ping/k3y-of-the-monitor/fail a signal ended the run; exit code ${code}`);
    const metrics = fs.readFileSync(path.join(place.folder, 'evergrant.prom'), 'utf8');
    expect(metrics).toContain(`evergrant_last_exit_code ${code}`);
  });

  test('nothing by a dry run, or by a person who refreshes one environment; --ping asks for it', async () => {
    connect('acme');
    await tick(['--dry-run']);
    expect((await place.run(['refresh', 'acme'])).code).toBe(0);
    expect(told).toEqual([]);
    expect(await place.run(['refresh', 'acme', '--ping', address()])).toMatchObject({ code: 0, stderr: '' });
    expect(told).toHaveLength(2);
  });
});

test('a monitor that takes no ping changes no exit code, and is named once, without its address', async () => {
  connect('acme');
  status = 404;
  expect(await tick()).toEqual({
    code: 0,
    stdout: '',
    stderr: 'evergrant: the ping was not taken (HTTP 404): the monitor may call this run missing\n',
  });
  expect(await tick()).toEqual({ code: 0, stdout: '', stderr: '' });
  status = 200;
  expect(await tick()).toEqual({ code: 0, stdout: '', stderr: '' });
  status = 500;
  expect((await tick()).stderr).toContain('(HTTP 500)');
});

test('an address that is none stops the run before anything is asked', async () => {
  connect('acme', due);
  const asked = xero.requests.length;
  const run = await place.run(['refresh', '--all', '--ping', 'k3y-of-the-monitor']);
  expect(run).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^evergrant: the address of --ping is no .*\n {2}→ /) as string,
  });
  expectNoSecret(run.stderr, ['k3y-of-the-monitor'], 'the refusal');
  expect(xero.requests.length).toBe(asked);
});

test('a hook is not given the address', async () => {
  connect('acme', due);
  const hook = `node -e "require('fs').writeFileSync('seen', JSON.stringify(process.env))"`;
  const variables = { EVERGRANT_PING_URL: address() };
  expect((await tick(['--on-refreshed', hook], { variables })).code).toBe(0);
  expect(fs.readFileSync(path.join(place.folder, 'seen'), 'utf8')).not.toContain('k3y-of-the-monitor');
});

describe('the metrics of a run', () => {
  const samples = (name: string): string[] => {
    const text = fs.readFileSync(path.join(place.folder, 'evergrant.prom'), 'utf8');
    return text.split('\n').filter((line) => line.startsWith(name));
  };
  const metrics = ['--metrics', 'evergrant.prom'];

  test('say when it ended and how, and keep the last success', async () => {
    connect('acme', due);
    expect(await tick(metrics)).toMatchObject({ code: 0, stderr: '' });
    const [, first = ''] = samples('evergrant_last_success_timestamp_seconds')[0]?.split(' ') ?? [];
    expect(Math.abs(Number(first) - Date.now() / 1000)).toBeLessThan(60);
    expect(samples('evergrant_last_exit_code')).toEqual(['evergrant_last_exit_code 0']);
    expect(samples('evergrant_environments{state="connected"}')).toEqual([
      'evergrant_environments{state="connected"} 1',
    ]);
    connect('acme', { ...due, client_secret: 'wrong' });
    expect((await tick(metrics)).code).toBe(7);
    expect(samples('evergrant_last_success_timestamp_seconds')).toEqual([
      `evergrant_last_success_timestamp_seconds ${first}`,
    ]);
    expect(samples('evergrant_last_exit_code')).toEqual(['evergrant_last_exit_code 7']);
    expect(samples('evergrant_failing{environment="acme"}')).toEqual(['evergrant_failing{environment="acme"} 1']);
    expect(fs.statSync(path.join(place.folder, 'evergrant.prom')).mode & 0o777).toBe(0o644);
    expectNoSecret(fs.readFileSync(path.join(place.folder, 'evergrant.prom'), 'utf8'), xero.secrets, 'the metrics');
  });

  test('are as Prometheus’ own tool wants them, also while there was no success', async () => {
    connect('acme', { grant_status: 'consent_needed' });
    expect((await tick(metrics)).code).toBe(3);
    expect(samples('evergrant_last_success')).toEqual([]);
    const checked = spawnSync('promtool', ['check', 'metrics'], {
      input: fs.readFileSync(path.join(place.folder, 'evergrant.prom'), 'utf8'),
      encoding: 'utf8',
    });
    if (checked.error === undefined) expect(checked).toMatchObject({ status: 0, stdout: '', stderr: '' });
  });

  test('go into no file of another kind', async () => {
    connect('acme', due);
    const environment = 'environments/acme.postman_environment.json';
    expect(await tick(['--metrics', environment])).toMatchObject({ code: 2, stdout: '' });
    expect(place.rows('acme')['generation']).toBe('1');
  });

  test('go through no link into an environment, and the refresh is done all the same', async () => {
    connect('acme', due);
    fs.symlinkSync('environments/acme.postman_environment.json', path.join(place.folder, 'evergrant.prom'));
    const run = await tick(metrics);
    expect([run.code, run.stderr]).toEqual([2, expect.stringMatching(/evergrant\.prom leads to .*, so it is not/)]);
    expect(place.rows('acme')).toMatchObject({ generation: '2', grant_status: 'connected' });
    expect(fs.statSync(place.fileOf('acme')).mode & 0o777).toBe(0o600);
  });
});

describe('status for monitors', () => {
  const nagios = (...args: string[]): Promise<Result> => place.run(['status', '--nagios', ...args]);

  test('--check ends with the code of what is wrong, and --nagios as a plugin does', async () => {
    connect('acme');
    expect((await place.run(['status', '--check'])).code).toBe(0);
    expect(await nagios()).toMatchObject({ code: 0, stderr: '' });
    connect('birch', { grant_status: 'consent_needed' });
    expect((await place.run(['status', '--check'])).code).toBe(3);
    expect((await place.run(['status', '--check', 'acme'])).code).toBe(0);
    const { code, stdout } = await nagios();
    expect([code, stdout]).toEqual([
      2,
      expect.stringMatching(
        /^EVERGRANT CRITICAL - 1 consent needed \(birch\), of 2 environments \| consent_needed=1;;;0;2 .*\n$/,
      ),
    ]);
  });

  test('--nagios says what it cannot tell, in its own way', async () => {
    expect(await nagios()).toEqual({ code: 3, stdout: 'EVERGRANT UNKNOWN - no environments\n', stderr: '' });
    const unread = await place.run(['--environments', 'nowhere', 'status', '--nagios']);
    expect(unread).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(/^EVERGRANT UNKNOWN - cannot read/) as string,
    });
    expect((await nagios('--json')).code).toBe(2);
  });

  test.each([
    ['--alert-rules', /^groups:$/m],
    ['--dashboard', /"title": "Xero connections \(evergrant\)"/],
  ])('%s prints what is shipped', async (option, content) => {
    expect(await place.run(['status', option])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(content) as string,
      stderr: '',
    });
  });
});
