import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeWorkplace, type Workplace } from '../support/program';
import { answerWith, startXeroServer, type XeroServer } from '../support/xero-server';

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

interface Report {
  environments: { findings: { code: string; mend: string }[] }[];
  general: { code: string; mend: string }[];
}

describe('doctor', () => {
  test('says that all is well, and exits with 0 only then', async () => {
    expect(await place.run(['doctor'])).toEqual({ code: 0, stdout: 'acme: all is well\n', stderr: '' });
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
      'an endpoint that is not there',
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
  ])('names %s and what mends it', async (_, spoil, exit, code, mend) => {
    spoil();
    const report = await findings();
    expect(report).toMatchObject({ code: exit, codes: [code] });
    expect(report.mends[0]).toMatch(mend);
  });

  test('names a clock that is off, by the server’s', async () => {
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

test('a file that git tracks is refused before anything is spent, with how to untrack it', async () => {
  track();
  const before = xero.requests.length;
  const { code, stderr } = await place.run(['refresh', 'acme', '--force']);
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: expect.stringMatching(/tracked by git[^]*git rm --cached environments.acme/),
  });
  expect(xero.requests.length).toBe(before);
});

function track(): void {
  const git = (...args: string[]): Buffer => execFileSync('git', ['-C', place.folder, ...args]);
  git('init', '--quiet');
  git('add', '--force', place.fileOf('acme'));
}
