import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { Command } from 'commander';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemContext } from '../../scripts/context';
import type * as DefineModule from '../../scripts/program';
import type * as ConsoleModule from '../../scripts/terminal/console';
import { built } from '../proofs/support/built';
import { environmentText } from '../support/servers/xero-server';

/** Values that stand in JSON, keys, outcomes, dates, names, addresses and our own marks. */
const nasty = [
  'null',
  'true',
  '0',
  '2026',
  'refresh',
  'code',
  'acme',
  'environment',
  'https',
  '{',
  '"',
  '[secret]',
  ' ',
];

/** As weak as they are, and nowhere to be found. */
const harmless = 'qz7#kx9';

const folder = path.join(fs.mkdtempSync(path.join(tmpdir(), 'evergrant-nasty-')), 'environments');
const file = path.join(folder, 'acme.postman_environment.json');
const [event, tenant] = ['11111111-2222-4333-8444-555555555555', '66666666-7777-4888-9999-000000000000'];
let server: http.Server;
let url: string;

beforeAll(async () => {
  server = http.createServer(answer).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  url = `http://localhost:${(server.address() as AddressInfo).port}`; // it listens
});

afterAll(() => {
  server.close();
  fs.rmSync(path.dirname(folder), { recursive: true });
});

/** Takes any client, any token and any code. */
function answer(request: http.IncomingMessage, response: http.ServerResponse): void {
  const json = (value: unknown): void =>
    void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const accessToken = `${part({ alg: 'RS256' })}.${part({ authentication_event_id: event })}.c2lnbmF0dXJl`;
  if (request.url === '/token')
    return json({ access_token: accessToken, refresh_token: 'rt-3f7c9a', expires_in: 1800, token_type: 'Bearer' });
  if (request.url?.startsWith('/connections')) {
    const dates = { createdDateUtc: '2026-11-22T00:00:00', updatedDateUtc: '2026-11-22T00:00:00' };
    const names = { tenantType: 'ORGANISATION', tenantName: 'Maple Bakery' };
    return json([{ id: event, authEventId: event, tenantId: tenant, ...names, ...dates }]);
  }
  response.writeHead(302, { location: '/identity/user/login' }).end();
}

/** Where the value stands: in the app's secret and the tokens, too, or where a link can still be made. */
const everywhere = (value: string): Record<string, string> => ({
  ...besideTheApp(value),
  // A blank there is no value at all.
  ...Object.fromEntries(appKeys.map((key) => [key, value === ' ' ? harmless : value])),
});
const appKeys = ['client_secret', 'access_token', 'refresh_token'];
const besideTheApp = (value: string): Record<string, string> => ({ my_password: value, code_verifier: value });

function writeEnvironment(rows: Readonly<Record<string, string>>): void {
  fs.rmSync(path.dirname(folder), { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  const ours = {
    app_type: 'web',
    authorize_url: `${url}/authorize`,
    token_url: `${url}/token`,
    revocation_url: `${url}/revocation`,
    connections_url: `${url}/connections`,
    api_url: `${url}/api`,
    client_id: 'CLIENT5E1D',
    client_secret: 'w5-0123456789abcdefXYZ',
    redirect_uri: 'http://localhost:8080/callback',
    scopes: 'openid offline_access accounting.invoices',
    access_token: 'at-5e8b1d',
    refresh_token: 'rt-1a2b3c',
    access_token_expires_at: '2026-11-22T10:00:00.000Z',
    refresh_token_expires_at: '2027-01-21T09:30:00.000Z',
    tenant_id: tenant,
    tenant_name: 'Maple Bakery',
    generation: '7',
    refresh_started_at: '',
    grant_status: 'connected',
  };
  const text = environmentText('acme', { ...ours, ...rows });
  fs.writeFileSync(file, text.replace(/("my_password",\s*"value": "[^\n]*\n\s*"type": )"default"/, '$1"secret"'), {
    mode: 0o600,
  });
}

interface Said {
  readonly json: unknown;
  readonly failure: unknown;
}

/** The program in this process, up to its exit code: what it prints, as JSON, and how it fails. */
async function evergrant(args: readonly string[]): Promise<Said> {
  const { failureOf, terminalConsole } = built<typeof ConsoleModule>('terminal/console');
  const { defineCommands } = built<typeof DefineModule>('program');
  const stdout = new PassThrough();
  const streams = { stdin: new PassThrough(), stdout, stderr: new PassThrough() } as unknown as ConsoleModule.Streams; // no terminals
  const console = terminalConsole(streams, args, () => 'npx evergrant');
  const program = new Command('evergrant').exitOverride();
  const context = systemContext({
    console,
    folder,
    stateFolder: path.join(path.dirname(folder), 'state'),
    variables: () => ({}),
    env: () => ({}),
    now: () => new Date('2026-11-22T09:45:00.000Z'),
    sleep: async () => undefined,
  });
  defineCommands(
    program,
    [...args],
    () => context,
    () => undefined,
  );
  const failure: unknown = await program.parseAsync([...args], { from: 'user' }).then(
    () => null,
    (error: unknown) => {
      const { kind, code, message, hint } = failureOf(error, console);
      return { kind, code, message, hint };
    },
  );
  const text = String((stdout.read() as Buffer | null) ?? '');
  return { json: text === '' ? null : JSON.parse(steady(text)), failure };
}

/** What differs from run to run or by the value: a link's nonce and signature, a duration, a token's fingerprint. */
function steady(text: string): string {
  return text
    .replaceAll(/state=[\w.%-]+/g, 'state=x')
    .replaceAll(/("durationMs": )\d+/g, '$10')
    .replaceAll(/("before": )"[0-9a-f]{12}"/g, '$1"print"');
}

type Lives = readonly (readonly [rowsOf: (value: string) => Record<string, string>, commands: readonly string[]])[];

const lives: Lives = [
  [everywhere, ['status', 'doctor', 'refresh acme --force', 'log acme', 'connections acme', 'consent acme']],
  [besideTheApp, ['consent acme --no-check', 'refresh acme --dry-run', 'exchange acme http://x/?code=a1&state=b']],
];

/** What the commands say where a value stands everywhere. */
async function saidWith(value: string): Promise<readonly Said[]> {
  const said: Said[] = [];
  for (const [rowsOf, commands] of lives) {
    writeEnvironment(rowsOf(value));
    for (const command of commands) said.push(await evergrant([...command.split(' '), '--json']));
  }
  return said;
}

test('each command prints the same JSON whatever value a secret has', { timeout: 300_000 }, async () => {
  const expected = await saidWith(harmless);
  expect(expected.map(({ json }) => json !== null)).toEqual([true, true, true, true, true, false, true, true, false]);
  expect(JSON.stringify(expected)).not.toContain('[secret]');
  for (const value of nasty) expect([value, await saidWith(value)]).toEqual([value, expected]);
});

test('a name of an organisation that is a secret is masked, and nothing else', async () => {
  writeEnvironment({ my_password: 'Maple Bakery' });
  expect(await evergrant(['status', '--json'])).toMatchObject({
    json: { environments: [{ environment: 'acme', tenantName: '[secret]', state: 'connected' }] },
    failure: null,
  });
});
