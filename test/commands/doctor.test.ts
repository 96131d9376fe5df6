import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { takeLock } from '../../scripts/environment/files/lock';
import { makeWorkplace, type Workplace } from '../support/program';
import { startProgram } from '../support/running';
import { answerWith, startXeroServer, type XeroServer } from '../support/servers/xero-server';

let xero: XeroServer;
let place: Workplace;

beforeAll(async () => {
  xero = await startXeroServer();
});

afterAll(() => xero.close());

beforeEach(() => {
  place = makeWorkplace();
  place.write('acme', xero.environment('web', 'acme', { ...xero.connectedRows(), authorised_user_id: 'dana' }));
});

function edit(rows: Record<string, string>): void {
  place.write('acme', xero.environment('web', 'acme', { ...place.rows('acme'), ...rows }));
}

async function findings(): Promise<{ code: number | null; codes: string[]; mends: string[] }> {
  const { code, stdout } = await place.run(['doctor', '--json']);
  const { environments, general } = JSON.parse(stdout) as Report;
  const all = [...environments.flatMap((one) => one.findings), ...general];
  return { code, codes: all.map((one) => one.code), mends: all.map((one) => one.mend) };
}

/** What Postman's Native Git makes of the folder that has the environments' one. */
function makeWorkspace(): void {
  fs.mkdirSync(path.join(place.folder, '.postman'));
  fs.writeFileSync(path.join(place.folder, '.postman', 'resources.yaml'), 'cloudResources: {}\n');
}

test('says of which organisation an environment is whose settings are at fault', async () => {
  edit({ scopes: '', tenant_id: 'b1a2c3d4-0000-4000-8000-000000000001' });
  const { stdout } = await place.run(['doctor', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ environments: [{ tenantId: 'b1a2c3d4-0000-4000-8000-000000000001' }] });
});

interface Report {
  environments: { findings: { code: string; mend: string }[] }[];
  general: { code: string; mend: string }[];
}

describe('doctor', () => {
  test('says once that there are no problems, and exits with 0 only then', async () => {
    expect(await place.run(['doctor'])).toEqual({ code: 0, stdout: 'no problems\n', stderr: '' });
  });

  test.each<[string, () => void, number, string, RegExp]>([
    [
      'a file that others can read',
      () => fs.chmodSync(place.fileOf('acme'), 0o644),
      2,
      'readable_by_others',
      /^chmod 600 /,
    ],
    ['a file that git tracks', () => track(), 2, 'tracked_by_git', /^git rm --cached /],
    [
      'a file that Postman pushes to its cloud',
      () => makeWorkspace(),
      2,
      'pushed_by_postman',
      /^keep environments in a folder outside of it, and name that in EVERGRANT_ENVIRONMENTS/,
    ],
    ['a file that is no JSON', () => place.write('acme', '{'), 2, 'not_json', /npx evergrant restore acme/],
    ['a setting that is missing', () => edit({ client_secret: '' }), 2, 'missing_key', /fill in client_secret/],
    [
      'a refresh that was interrupted',
      () => edit({ refresh_started_at: new Date().toISOString() }),
      4,
      'interrupted',
      /^npx evergrant refresh acme/,
    ],
    [
      'tokens that wait to be picked up',
      () => fs.writeFileSync(`${place.folder}/environments/.acme.postman_environment.json.recovery`, ''),
      6,
      'recovery_waiting',
      /^npx evergrant refresh acme/,
    ],
    [
      'a connection that is over',
      () => edit({ grant_status: 'consent_needed' }),
      3,
      'consent_needed',
      /^npx evergrant consent acme/,
    ],
    [
      'an endpoint that does not exist',
      () => edit({ token_url: 'http://localhost:1/connect/token' }),
      4,
      'unreachable',
      /check the network/,
    ],
    [
      'scopes without offline_access',
      () => edit({ scopes: 'openid accounting.invoices' }),
      7,
      'no_offline_access',
      /add offline_access/,
    ],
    [
      'a broad scope',
      () => edit({ scopes: 'offline_access accounting.transactions' }),
      7,
      'broad_scope',
      /accounting\.invoices/,
    ],
    [
      'a scope that no person can give',
      () => edit({ scopes: 'offline_access accounting.invoices app.connections' }),
      7,
      'app_scope',
      /take app\.connections out/,
    ],
    [
      'a redirect URI that Xero refuses',
      () => edit({ redirect_uri: 'http://127.0.0.1:8080/callback' }),
      7,
      'redirect_uri',
      /http:\/\/localhost/,
    ],
    ['a folder that others can write', () => fs.chmodSync(environments(), 0o777), 2, 'folder_open', /^chmod go-w /],
    [
      'a generation that others can write',
      () => plantGeneration(),
      2,
      'foreign_file',
      /chmod go-w .*generation-9\.json/,
    ],
    [
      'a folder where nothing can be locked',
      () => fs.writeFileSync(path.join(environments(), '.evergrant'), ''),
      2,
      'not_writable',
      /\.evergrant/,
    ],
    [
      'a reference that only Postman can look up',
      () => edit({ client_secret: '{{vault:secret}}' }),
      2,
      'postman_reference',
      /XERO_CLIENT_SECRET/,
    ],
  ])('names %s and what mends it', async (_, spoil, exit, code, mend) => {
    spoil();
    const report = await findings();
    expect(report).toMatchObject({ code: exit, codes: [code] });
    expect(report.mends[0]).toMatch(mend);
  });

  test('names an environment that is being refreshed, and waits for it only a moment', async () => {
    await place.run(['refresh', 'acme', '--force']);
    const lock = await takeLock(
      path.join(environments(), '.evergrant', path.basename(place.fileOf('acme')), 'lock'),
      'acme',
      0,
    );
    try {
      expect(await findings()).toMatchObject({ code: 5, codes: ['locked'] });
    } finally {
      lock.release();
    }
  });

  test('names an addon that does not load', async () => {
    const preload = path.join(place.folder, 'without-addon.js');
    fs.writeFileSync(
      preload,
      `const { _load } = require('module');
       require('module')._load = (name, ...rest) => {
         if (/fs-native-extensions/.test(name)) throw Object.assign(new Error('no'), { code: 'ERR_DLOPEN_FAILED' });
         return _load(name, ...rest);
       };`,
    );
    const { code, stdout } = await startProgram(place.folder, ['doctor'], { preload }).ended;
    expect([code, stdout]).toEqual([2, expect.stringContaining('fs-native-extensions')]);
  });

  test('says the proxy that is asked, and that it does not answer', async () => {
    edit({ token_url: 'https://identity.xero.com/connect/token' });
    const variables = { HTTPS_PROXY: 'http://user:hidden@127.0.0.1:1' };
    const { code, stdout, stderr } = await place.run(['doctor'], { variables });
    expect(stderr).toBe('');
    expect([code, stdout]).toEqual([4, expect.stringMatching(/the proxy 127\.0\.0\.1:1: ECONNREFUSED[^]*NO_PROXY/)]);
    expect(stdout + stderr).not.toContain('hidden');
  });

  test('names environments that one consent could belong to', async () => {
    const text = xero.environment('web', 'acme', { ...xero.connectedRows(), authorised_user_id: 'eve' });
    place.write('copy', text);
    expect(await findings()).toMatchObject({
      code: 2,
      codes: ['shared_name'],
      mends: [expect.stringContaining('"name" inside')],
    });
  });

  test('warns where it can’t tell whether git tracks a file, which stops nothing', async () => {
    track();
    fs.chmodSync(path.join(place.folder, '.git'), 0o777);
    expect(await place.run(['doctor'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^acme: it can't be told whether git tracks/),
    });
    expect(await findings()).toMatchObject({ code: 0, codes: ['tracking_unknown'] });
    expect(await place.run(['refresh', 'acme', '--force'])).toMatchObject({ code: 0 });
  });

  test('finds what the last refresh found, in one line for any number of environments', async () => {
    const names = ['acme', 'birch', 'cedar', 'dill', 'elder', 'fir', 'gum'];
    const rows = place.rows('acme');
    for (const name of names) {
      const other = { ...xero.connectedRows(), client_secret: 'Another-Secret-0123456789', authorised_user_id: name };
      place.write(name, xero.environment('web', name, { ...rows, ...other }));
    }
    await place.run(['refresh', '--all', '--force', '--no-jitter']);
    const { code, stdout } = await place.run(['doctor']);
    expect(stdout).toMatch(
      /^7 environments: the last refresh failed: .*invalid_client.*\n {2}acme, birch, cedar, dill, elder and 2 others\n {2}→ of acme: .*set acme --secret-from FILE/,
    );
    expect([code, stdout.match(/last refresh failed/g)]).toEqual([7, ['last refresh failed']]);
  });

  test('--online asks Xero whether the organisation is still connected', async () => {
    edit({ tenant_id: 'of-another-time', tenant_name: 'Old Mill' });
    expect(await findings()).toMatchObject({ code: 0 });
    expect(await place.run(['doctor', '--online'])).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(/^acme: Xero lists Old Mill no more.*\n {2}→ .*consent acme\n/),
    });
  });

  test('leaves the file as it was, and gives the lock back', async () => {
    const before = fs.readFileSync(place.fileOf('acme'), 'utf8');
    await place.run(['doctor']);
    expect(fs.readFileSync(place.fileOf('acme'), 'utf8')).toBe(before);
    expect(await place.run(['refresh', 'acme', '--force', '--wait', '0s'])).toMatchObject({ code: 0 });
  });

  test('names a clock that differs from the server’s', async () => {
    const date = new Date(Date.now() - 600_000).toUTCString();
    xero.next('token', answerWith(400, '', { date }));
    expect(await findings()).toMatchObject({
      code: 2,
      codes: ['clock_skew'],
      mends: [expect.stringContaining('timedatectl')],
    });
  });

  test('names two environments of the same user and app', async () => {
    place.write('twin', xero.environment('web', 'twin', place.rows('acme')));
    expect(await findings()).toMatchObject({ code: 2, codes: ['duplicate_connection'] });
    expect((await place.run(['status'])).stderr).toContain('acme and twin are of the same Xero user and app');
    expect((await place.run(['refresh', '--all', '--no-jitter'])).stderr).toContain(
      'acme and twin are of the same Xero user and app',
    );
  });

  test('sends no credential to any endpoint', async () => {
    const before = xero.requests.length;
    await place.run(['doctor']);
    const asked = xero.requests.slice(before);
    expect(asked.map(({ method, authorization, form }) => ({ method, authorization, form }))).toEqual(
      asked.map(() => ({ method: 'GET', authorization: undefined, form: {} })),
    );
    expect(asked.map(({ endpoint }) => endpoint)).toEqual(['authorize', 'token', 'connections']);
  });
});

test('a file that git tracks is refused before anything is sent, with how to untrack it', async () => {
  track();
  const before = xero.requests.length;
  const { code, stderr } = await place.run(['refresh', 'acme', '--force']);
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: expect.stringMatching(/tracked by git[^]*git rm --cached environments.acme/),
  });
  expect(xero.requests.length).toBe(before);
});

describe('a folder without an environment', () => {
  test.each([
    ['empty', () => fs.rmSync(place.fileOf('acme'))],
    ['with a template alone', () => fs.renameSync(place.fileOf('acme'), place.fileOf('web.template'))],
  ])('that is %s is a fault: a mount may be missing', async (_, empty) => {
    empty();
    for (const args of [['refresh', '--all', '--no-jitter'], ['doctor']]) {
      const { code, stderr } = await place.run(args);
      expect([code, stderr]).toEqual([2, expect.stringContaining('no environment file in environments')]);
    }
  });
});

function environments(): string {
  return path.dirname(place.fileOf('acme'));
}

function plantGeneration(): void {
  const file = path.join(environments(), '.evergrant', path.basename(place.fileOf('acme')), 'generation-9.json');
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  fs.writeFileSync(file, fs.readFileSync(place.fileOf('acme')));
  fs.chmodSync(file, 0o666);
}

function track(): void {
  const git = (...args: string[]): Buffer => execFileSync('git', ['-C', place.folder, ...args]);
  git('init', '--quiet');
  git('add', '--force', place.fileOf('acme'));
}
