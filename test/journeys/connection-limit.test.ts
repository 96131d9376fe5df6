import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { expectNoSecret } from '../support/leaks';
import { makeWorkplace, type Result, type Workplace } from '../support/program';
import { refusal } from '../support/refusal';
import { startSandboxProcess, type SandboxProcess } from '../support/sandbox';

let sandbox: SandboxProcess;
let place: Workplace;
let secret: string;

beforeAll(async () => {
  sandbox = await startSandboxProcess();
});

afterAll(() => sandbox.stop());

/** An app that may connect two organisations, with an environment `acme` that is connected to one, and `birch`, which is new. */
beforeEach(async () => {
  place = makeWorkplace();
  await sandbox.variants({ limitShown: 'page' });
  const app = await sandbox.app({ appType: 'web', connectionLimit: 2 });
  secret = app.clientSecret ?? '';
  for (const name of ['acme', 'birch']) {
    place.write(name, JSON.stringify(await sandbox.environment('web', name, app.clientId)));
  }
  await connect('acme', 'Harbour Lane Bakery');
});

async function connect(name: string, organisation: string): Promise<void> {
  const { stdout } = await place.run(['consent', name, '--no-check']);
  const callback = await sandbox.consent(stdout.trim(), { organisations: [organisation] });
  expect(await place.run(['exchange', name], { input: callback })).toMatchObject({ code: 0 });
}

function limitIs(limit: number): void {
  fs.writeFileSync(path.join(place.folder, '.env'), `XERO_CONNECTION_LIMIT=${limit}\n`, { mode: 0o600 });
}

async function evergrant(...args: string[]): Promise<Result> {
  const result = await place.run(args);
  expectNoSecret(result.stdout + result.stderr, [secret], args.join(' '));
  return result;
}

test('consent warns before the link fails, unless its organisation is connected already', async () => {
  expect(await evergrant('consent', 'birch')).toMatchObject({ code: 0, stderr: '' });
  limitIs(1);
  const { code, stdout, stderr } = await evergrant('consent', 'birch');
  expect({ code, isLink: stdout.includes('response_type=code') }).toEqual({ code: 0, isLink: true });
  expect(stderr).toMatch(
    /^ATTENTION: all 1 connections of this app are used: Xero may refuse a further one\n {2}→ .*npx evergrant connections NAME\n$/,
  );
  expect(await evergrant('consent', 'acme')).toMatchObject({ code: 0, stderr: '' });
  expect(await evergrant('consent', 'birch', '--no-check')).toMatchObject({ code: 0, stderr: '' });
});

test('connections tells how many of the app are used, by whoever has connected them', async () => {
  const counts = async (): Promise<unknown> => {
    const { stdout } = await evergrant('connections', 'acme', '--json');
    const { appConnections, connectionLimit } = JSON.parse(stdout) as Record<string, unknown>;
    return [appConnections, connectionLimit];
  };
  expect(await counts()).toEqual([1, null]);
  await connect('birch', 'Demo Company (Global)');
  limitIs(2);
  expect(await counts()).toEqual([2, 2]);
  expect(await evergrant('connections', 'acme')).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/^ATTENTION: all 2 connections of this app are used\n {2}→ /) as string,
  });
});

test('an app without a secret is not asked', async () => {
  const app = await sandbox.app({ appType: 'pkce', connectionLimit: 1 });
  place.write('pkce', JSON.stringify(await sandbox.environment('pkce', 'pkce', app.clientId)));
  limitIs(1);
  await sandbox.forgetRequests();
  expect(await evergrant('consent', 'pkce')).toMatchObject({ code: 0, stderr: '' });
  expect((await sandbox.requests()).filter(({ path: asked }) => asked.includes('/connect/token'))).toEqual([]);
});

test('a link that Xero refuses for the limit says so, in the check', async () => {
  await connect('birch', 'Demo Company (Global)');
  await sandbox.variants({ limitShown: 'link' });
  expect(await evergrant('consent', 'birch')).toMatchObject(
    refusal(
      7,
      /Xero connects no further organisation to the app of birch: all of its connections are used/,
      /larger tier/,
    ),
  );
});
