import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type * as Newman from '../../scripts/newman/send';
import { built } from '../proofs/support/built';
import { settingsFor, webApp } from '../support/environments';
import { expectNoSecret } from '../support/leaks';
import { makeWorkplace, type Workplace } from '../support/program';
import { startProgram } from '../support/running';
import { startRawServer, type RawServer } from '../support/servers/raw-server';
import { startXeroServer } from '../support/servers/xero-server';

const { newmanRunner } = built<typeof Newman>('newman/send');

/** Every option that this Newman's command line has, with what it takes: `[ '--timeout', '[n]' ]`. */
const options = newmanOptions();

function newmanOptions(): [string, string][] {
  const newman = path.resolve('node_modules/newman/bin/newman.js');
  const help = execFileSync(process.execPath, [newman, 'run', '--help'], { encoding: 'utf8' });
  return [...help.matchAll(/^ +(?:-\w ?, )?(--[\w-]+)(?: ([<[]\w+[>\]]))?/gm)].map(([, name = '', takes = '']) => [
    name,
    takes,
  ]);
}

const camelCase = (option: string): string =>
  option.replace(/^--(no-)?/, '').replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

let place: Workplace;
let xero: RawServer;
let stranger: RawServer;
const { HOME } = process.env;

beforeEach(async () => {
  place = makeWorkplace();
  const answer = 'HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n';
  [xero, stranger] = [
    await startRawServer((socket) => socket.end(answer)),
    await startRawServer((socket) => socket.end()),
  ];
});
afterEach(async () => {
  process.env['HOME'] = HOME;
  await Promise.all([xero.close(), stranger.close()]);
});

/** A value that would do harm if it were obeyed: send elsewhere, write a file, wait, print, give up. */
function hostile(option: string, takes: string): unknown {
  const elsewhere = { key: 'token_url', value: `http://localhost:${stranger.port}/token` };
  const lists: Readonly<Record<string, unknown>> = {
    '--global-var': [elsewhere],
    '--env-var': [elsewhere],
    '--iteration-data': [{ token_url: elsewhere.value }, {}],
    '--iteration-count': 3,
    '--delay-request': 60_000,
    '--folder': 'Consent link',
    '--reporters': ['cli', 'json'],
    '--environment': { values: [elsewhere] },
    '--globals': { values: [elsewhere] },
    '--bail': true,
  };
  if (option in lists) return lists[option];
  if (/^.n.$/.test(takes)) return 1;
  if (takes === '') return !option.startsWith('--no-');
  return path.join(place.folder, 'written-by-newman');
}

function writeRc(text: string): void {
  fs.mkdirSync(path.join(place.folder, '.postman'), { recursive: true });
  for (const file of ['.postman/newmanrc', '.newmanrc']) fs.writeFileSync(path.join(place.folder, file), text);
}

/** What a server is sent for one refresh; each request has a number of its own. */
async function refreshed(): Promise<string> {
  const before = xero.received.length;
  const rows = { ...webApp, token_url: `http://127.0.0.1:${xero.port}/token`, refresh_token: 'old' };
  const runner = newmanRunner({ secrets: new Set(), random: randomBytes, timeoutMs: 5000 });
  const statuses: unknown[] = [];
  await runner.send(settingsFor(rows), 'Refresh tokens', {
    onAnswer: (answer) => statuses.push(answer.kind === 'answer' ? answer.status : answer),
  });
  const sent = xero.received.slice(before).map((text) => text.replace(/^postman-token: .*$/im, ''));
  return JSON.stringify({ sent, statuses });
}

describe('an option of Newman', () => {
  test('is known to this test by its name', () => {
    expect(options.length).toBeGreaterThan(30);
    expect(options.map(([name]) => name)).toEqual(
      expect.arrayContaining(['--environment', '--insecure', '--bail', '--verbose']),
    );
  });

  test.each(options)('%s changes nothing in a newmanrc or a variable', async (option, takes) => {
    process.env['HOME'] = place.folder;
    const usual = await refreshed();
    const value = hostile(option, takes);
    writeRc(JSON.stringify({ [camelCase(option)]: value, run: { [camelCase(option)]: value } }));
    const variable = `NEWMAN_${option
      .replace(/^--(no-)?/, '')
      .replaceAll('-', '_')
      .toUpperCase()}`;
    process.env[variable] = typeof value === 'string' ? value : JSON.stringify(value);
    try {
      expect(await refreshed()).toBe(usual);
    } finally {
      Reflect.deleteProperty(process.env, variable);
    }
    expect(stranger.received).toEqual([]);
    expect(fs.readdirSync(place.folder).toSorted()).toEqual(['.newmanrc', '.postman', 'environments']);
  });
});

describe.each([
  [
    'sets every option',
    () => JSON.stringify(Object.fromEntries(options.map(([name, takes]) => [camelCase(name), hostile(name, takes)]))),
  ],
  ['is no JSON', () => '{ "folder": '],
  ['is no object', () => '[1]'],
])('a newmanrc that %s', (_, text) => {
  test.each([
    ['alone', ['acme']],
    ['in lanes', ['acme', 'bolt']],
  ])('is not even read, %s', async (_way, names) => {
    const server = await startXeroServer();
    for (const name of names) place.write(name, server.environment('web', name, server.connectedRows()));
    writeRc(text());
    const watching = path.join(place.folder, 'watch.js');
    const program = `const fs = require('fs');
      for (const name of ['readFile', 'open', 'readFileSync', 'openSync']) {
        const real = fs[name];
        fs[name] = (file, ...rest) => (/newmanrc/.test(file) && fs.appendFileSync('was-read', file + '\\n'), real(file, ...rest));
      }`;
    fs.writeFileSync(watching, program);
    const args = ['refresh', '--all', '--force', '--no-jitter', '--json'];
    const { code, stderr } = await startProgram(place.folder, args, { preload: watching }).ended;
    await server.close();
    expect([code, stderr]).toEqual([0, '']);
    expect(stranger.received).toEqual([]);
    const files = fs.readdirSync(place.folder).toSorted();
    expect(files).toEqual(['.newmanrc', '.postman', 'environments', 'watch.js']);
  });
});

test.each([
  ['alone', ['acme']],
  ['in lanes', ['acme', 'bolt']],
])('NODE_DEBUG makes Newman print no request, %s', async (_, names) => {
  const server = await startXeroServer();
  for (const name of names) place.write(name, server.environment('web', name, server.connectedRows()));
  const variables = { NODE_DEBUG: 'request,tunnel' };
  const { code, stdout, stderr } = await place.run(['refresh', '--all', '--force', '--no-jitter'], { variables });
  await server.close();
  expect(code).toBe(0);
  expect(stdout + stderr).not.toContain('REQUEST');
  expectNoSecret(stdout + stderr, server.secrets, 'the output');
});
