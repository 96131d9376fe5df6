import fs from 'node:fs';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import path from 'node:path';
import tls from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeWorkplace, type Workplace } from '../support/program';
import { lineOf, startProgram, type Running } from '../support/running';
import { startSandboxProcess, type SandboxProcess } from '../support/sandbox';
import { makeAuthority, type Authority } from '../support/servers/certificates';

let sandbox: SandboxProcess;
let place: Workplace;
let authority: Authority;

beforeAll(async () => {
  sandbox = await startSandboxProcess();
});
afterAll(() => sandbox.stop());
beforeEach(() => {
  place = makeWorkplace();
  authority = makeAuthority(place.folder);
});

const fileOf = (name: string): string => path.join(place.folder, `${name}.pem`);

/** Puts a certificate there, as a program does that renews: one file after the other. */
function issue(...which: ('cert' | 'key')[]): void {
  const pem = authority.issue(['localhost']);
  for (const name of which) fs.writeFileSync(fileOf(name), pem[name], { mode: 0o600 });
}

async function serving(...more: string[]): Promise<{ running: Running; port: number }> {
  const args = ['serve', '--listen', '0.0.0.0:0', '--tls-cert', fileOf('cert'), '--tls-key', fileOf('key'), ...more];
  const running = startProgram(place.folder, args);
  const [, port] = /https:\/\/0\.0\.0\.0:(\d+)/.exec(await lineOf(running, /^listening/)) ?? [];
  return { running, port: Number(port) };
}

/** The number of the certificate that is shown at a port. */
function shownAt(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ host: 'localhost', port, ca: fs.readFileSync(authority.file) }, () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

function statusAt(port: number, target: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const ca = fs.readFileSync(authority.file);
    const take = (response: IncomingMessage): void => resolve(response.resume().statusCode ?? 0);
    https.get({ host: 'localhost', port, path: target, ca }, take).on('error', reject);
  });
}

async function stop(running: Running): Promise<void> {
  running.signal('SIGTERM');
  expect((await running.ended).code).toBe(0);
}

describe('a renewed certificate', () => {
  test('is taken up upon SIGHUP at every door, and ends no connection', async () => {
    issue('cert', 'key');
    const { running, port } = await serving('--callback', '--callback-address', '0.0.0.0', '--callback-port', '0');
    await expect.poll(() => running.said()).toContain('callbacks: ');
    const callbackPort = Number(/callbacks: https:\/\/0\.0\.0\.0:(\d+)\/callback/.exec(running.said())?.[1]);
    const old = await shownAt(port);
    expect(await shownAt(callbackPort)).toBe(old);
    const open = tls.connect({ host: 'localhost', port, ca: fs.readFileSync(authority.file) });
    await new Promise((resolve) => open.once('secureConnect', resolve));
    issue('cert', 'key');
    running.signal('SIGHUP');
    await expect.poll(() => running.said()).toContain('a renewed certificate is in use');
    const renewed = await shownAt(port);
    expect([renewed === old, await shownAt(callbackPort)]).toEqual([false, renewed]);
    open.write('GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect(String(await new Promise((resolve) => open.once('data', resolve)))).toMatch(/^HTTP\/1\.1 200 /);
    open.destroy();
    await stop(running);
  });

  test('is taken up without a signal, also where a folder of Kubernetes is replaced', async () => {
    const folders = ['one', 'two'].map((name) => path.join(place.folder, name));
    for (const folder of folders) {
      fs.mkdirSync(folder);
      const pem = authority.issue(['localhost']);
      for (const name of ['cert', 'key'] as const) fs.writeFileSync(path.join(folder, `${name}.pem`), pem[name]);
    }
    const link = path.join(place.folder, '..data');
    fs.symlinkSync('one', link);
    for (const name of ['cert', 'key']) fs.symlinkSync(`..data/${name}.pem`, fileOf(name));
    const { running, port } = await serving();
    const old = await shownAt(port);
    fs.symlinkSync('two', `${link}_tmp`);
    fs.renameSync(`${link}_tmp`, link);
    await expect.poll(() => shownAt(port), { timeout: 30_000 }).not.toBe(old);
    await stop(running);
  });

  test('that is not whole, or no certificate, changes nothing and is said once', async () => {
    issue('cert', 'key');
    const { running, port } = await serving();
    const old = await shownAt(port);
    issue('key');
    for (const _ of [1, 2]) running.signal('SIGHUP');
    await expect
      .poll(() => running.said())
      .toContain('are no certificate and its key; the certificate before stays in use');
    expect(await shownAt(port)).toBe(old);
    fs.rmSync(fileOf('key'));
    running.signal('SIGHUP');
    await expect.poll(() => running.said()).toContain(`cannot read ${fileOf('key')} (ENOENT)`);
    issue('cert', 'key');
    running.signal('SIGHUP');
    await expect.poll(() => running.said()).toContain('a renewed certificate is in use');
    expect(await shownAt(port)).not.toBe(old);
    expect(running.said().match(/are no certificate/g)).toHaveLength(1);
    expect(running.said()).not.toContain('PRIVATE KEY');
    await stop(running);
  });
});

test('a customer comes back to the callback page over TLS, and nobody gets tokens there', async () => {
  issue('cert', 'key');
  place.write('bakery', JSON.stringify(await sandbox.environment('web', 'bakery')));
  const { running } = await serving('--callback', '--callback-address', '0.0.0.0', '--callback-port', '0');
  await expect.poll(() => running.said()).toContain('callbacks: ');
  const [, port] = /callbacks: https:\/\/0\.0\.0\.0:(\d+)/.exec(running.said()) ?? [];
  const link = await place.run(['consent', 'bakery', '--no-check']);
  const { search } = new URL(await sandbox.consent(link.stdout.trim()));
  const statuses = [await statusAt(Number(port), '/oauth/token'), await statusAt(Number(port), `/callback${search}`)];
  expect([statuses, place.rows('bakery')['grant_status']]).toEqual([[404, 200], 'connected']);
  await stop(running);
});

test.each<[string, string[], RegExp]>([
  ['clear text', ['--callback', '--callback-address', '0.0.0.0'], /callbacks there need TLS/],
  ['what is no address', ['--callback', '--callback-address', 'everywhere'], /which is none/],
  ['an address without the page', ['--callback-address', '0.0.0.0'], /--callback-address is for --callback/],
])('a callback page at %s is refused', async (_, flags, message) => {
  const { code, stdout, stderr } = await place.run(['serve', '--socket', path.join(place.folder, 's'), ...flags]);
  expect([code, stdout, stderr]).toEqual([2, '', expect.stringMatching(message)]);
});

test('a certificate without its key is refused before anybody asks', async () => {
  issue('cert', 'key');
  issue('key');
  const args = ['serve', '--listen', 'localhost:0', '--tls-cert', fileOf('cert'), '--tls-key', fileOf('key')];
  const { code, stdout, stderr } = await place.run(args);
  expect([code, stdout, stderr]).toEqual([2, '', expect.stringMatching(/are no certificate and its key/)]);
});
