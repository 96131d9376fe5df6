import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeWorkplace, type RunOptions, type Workplace } from '../support/program';
import { startXeroServer, type XeroServer } from '../support/servers/xero-server';

let xero: XeroServer;
let place: Workplace;

beforeAll(async () => {
  xero = await startXeroServer();
});

afterAll(() => xero.close());

beforeEach(() => {
  place = makeWorkplace();
  return () => fs.rmSync(place.folder, { recursive: true });
});

/** Whatever sends something of an environment's, marks it, or hands it out. */
const commands: readonly (readonly string[])[] = [
  ['refresh', 'acme'],
  ['refresh', 'acme', '--force'],
  ['refresh', '--all', '--no-jitter', '--force', '--json'],
  ['refresh', 'acme', '--dry-run'],
  ['token', 'acme'],
  ['token', 'acme', '--header'],
  ['exec', 'acme', '--', 'env'],
  ['consent', 'acme', '--no-check'],
  ['consent', 'acme'],
  ['exchange', 'acme', 'http://localhost:8080/callback?code=abc&state=xyz'],
  ['connections', 'acme'],
  ['revoke', 'acme'],
  ['status', 'acme'],
];

interface Ending {
  readonly command: string;
  readonly code: number | null;
  readonly isNamed: boolean;
  readonly shown: boolean;
}

/** Runs them all: each must end with bad input that is named, with nothing shown, sent or changed. */
async function expectRefusals(named: RegExp, shown: string, options: RunOptions = {}): Promise<void> {
  const [asked, text] = [xero.requests.length, fs.readFileSync(place.fileOf('acme'), 'utf8')];
  const endings: Ending[] = [];
  for (const args of commands) {
    const { code, stdout, stderr } = await place.run(args, options);
    const said = stdout + stderr;
    endings.push({ command: args.join(' '), code, isNamed: named.test(said), shown: said.includes(shown) });
  }
  const expected = commands.map((args) => ({ command: args.join(' '), code: 2, isNamed: true, shown: false }));
  expect(endings).toEqual(expected);
  const doctor = await place.run(['doctor', 'acme', '--json'], options);
  expect([doctor.code, named.test(doctor.stdout), doctor.stdout.includes(shown)]).toEqual([2, true, false]);
  expect(xero.requests.length).toBe(asked);
  expect(fs.readFileSync(place.fileOf('acme'), 'utf8')).toBe(text);
}

describe('a Postman reference', () => {
  test.each(['client_secret', 'refresh_token', 'access_token'])(
    'in %s: every command names it, and sends, marks and shows nothing',
    async (key) => {
      place.write('acme', xero.environment('web', 'acme', { ...xero.connectedRows(), [key]: '{{vault:xero}}' }));
      await expectRefusals(new RegExp(`${key} in .*acme.* is a Postman reference`), '{{');
    },
    120_000,
  );

  test('in XERO_CLIENT_SECRET: it is named, and sent nowhere', async () => {
    place.write('acme', xero.environment('web', 'acme', { ...xero.connectedRows(), client_secret: '' }));
    const asked = xero.requests.length;
    const { code, stderr } = await place.run(['refresh', 'acme', '--force'], {
      variables: { XERO_CLIENT_SECRET: '{{vault:xero}}' },
    });
    expect([code, xero.requests.length]).toEqual([2, asked]);
    expect(stderr).toMatch(/^evergrant: XERO_CLIENT_SECRET is a Postman reference/);
    expect(place.rows('acme')['refresh_started_at']).toBe('');
  });
});

test('a Postman reference given to init is refused, and nothing is made', async () => {
  const { code, stderr } = await place.run(['init', 'acme', '--app-type', 'web', '--client-id', '{{my_id}}']);
  expect([code, stderr]).toEqual([2, expect.stringContaining('client_id is a Postman reference')]);
  expect(fs.existsSync(place.fileOf('acme'))).toBe(false);
});

describe('a row that is unticked', () => {
  test('is said to be switched off, by every command', async () => {
    const text = xero.environment('web', 'acme', xero.connectedRows());
    const off = text.replace(/("key": "refresh_token",[^}]*"enabled": )true/, '$1false');
    expect(off).not.toBe(text);
    place.write('acme', off);
    await expectRefusals(/refresh_token is switched off in Postman/, 'has no refresh token');
  }, 300_000);
});

describe('a file with a stranger’s address', () => {
  test.each(['token_url', 'authorize_url', 'revocation_url'])(
    'in %s gets no value from outside the file, and the variable that would allow it is named',
    async (key) => {
      const rows = { ...xero.connectedRows(), client_secret: '', [key]: 'https://collector.example/x' };
      place.write('acme', xero.environment('web', 'acme', rows));
      fs.writeFileSync(path.join(place.folder, '.env'), 'XERO_CLIENT_SECRET=the-secret-from-outside\n');
      const asked = xero.requests.length;
      for (const args of [
        ['refresh', 'acme', '--force'],
        ['consent', 'acme'],
        ['revoke', 'acme'],
        ['doctor', 'acme'],
      ]) {
        const { code, stdout, stderr } = await place.run(args);
        expect([args[0], code]).toEqual([args[0], 2]);
        expect(stdout + stderr).toContain(
          `${key} in environments/acme.postman_environment.json leads to collector.example`,
        );
        expect(stdout + stderr).toContain('EVERGRANT_HOSTS=collector.example');
        expect(stdout + stderr).not.toContain('the-secret-from-outside');
      }
      expect(xero.requests.length).toBe(asked);
    },
  );

  test('stops nothing where the file has all of its own, nor where its host is named', async () => {
    const strange = { revocation_url: 'https://collector.example/x' };
    const own = xero.environment('web', 'acme', { ...xero.connectedRows(), ...strange });
    place.write('acme', own);
    expect(await place.run(['refresh', 'acme', '--force'])).toMatchObject({ code: 0 });
    const { client_secret: secret = '' } = place.rows('acme');
    place.write('acme', xero.environment('web', 'acme', { ...place.rows('acme'), ...strange, client_secret: '' }));
    const variables = { XERO_CLIENT_SECRET: secret };
    expect(await place.run(['refresh', 'acme', '--force'], { variables })).toMatchObject({ code: 2 });
    const named = { ...variables, EVERGRANT_HOSTS: 'other.example collector.example' };
    expect(await place.run(['refresh', 'acme', '--force'], { variables: named })).toMatchObject({ code: 0 });
  });
});

describe('files that Postman has named', () => {
  const odd = "Smith & Sons' Holdings (Auckland) Pty Ltd.postman_environment.json";
  const files = [
    'Acme Pty Ltd.postman_environment.json',
    'good.postman_environment (1).json',
    'Café.postman_environment.JSON',
  ];
  const moves = [
    "mv 'environments/Acme Pty Ltd.postman_environment.json' environments/acme-pty-ltd.postman_environment.json",
    "mv 'environments/good.postman_environment (1).json' environments/good-1.postman_environment.json",
    "mv 'environments/Café.postman_environment.JSON' environments/cafe.postman_environment.json",
  ];

  test.each([['refresh', '--all', '--no-jitter'], ['status'], ['doctor']])(
    'are each named with the command that renames them, and stop no other: %s',
    async (...args) => {
      const text = xero.environment('web', 'x', xero.connectedRows());
      for (const file of files) fs.writeFileSync(path.join(place.folder, 'environments', file), text);
      place.write('good', xero.environment('web', 'good', { ...xero.connectedRows(), access_token_expires_at: '' }));
      const { code, stdout, stderr } = await place.run(args);
      const said = stdout + stderr;
      expect(moves.map((move) => said.split(move).length - 1)).toEqual([1, 1, 1]);
      expect(said).not.toContain('what was typed');
      if (args[0] !== 'doctor') expect(said).toMatch(/^good/m); // doctor names only what has a problem
      expect(code).toBe(args[0] === 'status' ? 0 : 2);
    },
  );

  test('are named on the command line, too', async () => {
    fs.writeFileSync(path.join(place.folder, 'environments', files[0] ?? ''), '{}');
    for (const typed of ['Acme Pty Ltd', `environments/${files[0]}`, 'acme-pty-ltd']) {
      for (const command of ['refresh', 'token']) {
        const { code, stderr } = await place.run([command, typed]);
        expect([typed, code, stderr.includes(moves[0] ?? '')]).toEqual([typed, 2, true]);
      }
    }
  });

  test('are named whatever signs an organisation has in its name', async () => {
    fs.writeFileSync(path.join(place.folder, 'environments', odd), '{}');
    const move = 'environments/smith-sons-holdings-auckland-pty-ltd.postman_environment.json';
    for (const args of [
      ['token', odd.split('.')[0] ?? ''],
      ['token', `environments/${odd}`],
      ['refresh', '--all', '--no-jitter'],
      ['doctor'],
    ]) {
      const { code, stdout, stderr } = await place.run(args);
      expect([args, code, (stdout + stderr).includes(move)]).toEqual([args, 2, true]);
      expect(stdout + stderr).not.toContain('what was typed');
    }
  });

  test('are lines of --json like any other', async () => {
    for (const file of files) fs.writeFileSync(path.join(place.folder, 'environments', file), '{}');
    const { stdout } = await place.run(['refresh', '--all', '--no-jitter', '--json']);
    const { results } = JSON.parse(stdout) as { results: { environment: string; outcome: string; error: object }[] };
    expect(results.map(({ environment, outcome }) => [environment, outcome])).toEqual([
      ['Acme Pty Ltd.postman_environment.json', 'invalid'],
      ['Café.postman_environment.JSON', 'invalid'],
      ['good.postman_environment (1).json', 'invalid'],
    ]);
  });
});
