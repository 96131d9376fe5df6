import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { expectNoSecret } from '../support/leaks';
import { projectFolder } from '../support/project';
import { answerWith, loseAnswer, type XeroServer } from '../support/servers/xero-server';
import { canaryOf, makeCanaryWorld, type CanaryWorld } from './support/canary-world';

// They run side by side, so each takes longer than it would alone.
vi.setConfig({ testTimeout: 300_000 });

/** Every test has a world of its own. */
async function inWorld(play: (world: CanaryWorld) => Promise<void>): Promise<void> {
  const world = await makeCanaryWorld();
  await play(world).finally(() => world.end());
}

const exit = (code: number): object => ({ code });

type Handler = Parameters<XeroServer['next']>[1];

/** Everything that the server was sent last, in clear. */
function sentTo({ requests }: XeroServer): string {
  const { authorization = '', path: address, form } = requests.at(-1) ?? { path: '', form: {} };
  const credentials = Buffer.from(authorization.replace(/^\w+ /, ''), 'base64').toString();
  return [authorization, credentials, address, ...Object.values(form)].join(' ');
}

/** Answers with what it was sent. */
const echo =
  (status: number, body: (words: string) => string, headers: (words: string) => Record<string, string> = () => ({})) =>
  (xero: XeroServer): Handler =>
  (...call) =>
    answerWith(status, body(sentTo(xero)), headers(sentTo(xero)))(...call);

const oauthError = (error: string) => (words: string) => JSON.stringify({ error, error_description: words });

/** Does what was asked, and spoils the answer. */
const altered = (spoil: (body: string) => string) => (): Handler => (_request, response, answer) => {
  const end = response.end.bind(response);
  response.end = ((body: string) => end(spoil(body))) as typeof response.end; // the server ends with a text
  answer();
};

const answers: readonly (readonly [string, number, (xero: XeroServer) => Handler])[] = [
  ['repeats the request in an error description', 7, echo(400, oauthError('invalid_client'))],
  ['ends the grant and repeats the token', 3, echo(400, oauthError('invalid_grant'))],
  ['is a page that repeats the request', 4, echo(502, (words) => `<html><pre>${words}</pre></html>`)],
  ['is half a token set', 4, altered((body) => body.slice(0, body.length / 2))],
  ['is a token set of a strange type', 4, altered((body) => body.replace('Bearer', 'mac'))],
  ['is a token set in a list', 4, altered((body) => `[${body}]`)],
  [
    'sends elsewhere, with the token in the address',
    4,
    echo(
      307,
      () => '',
      (words) => ({ location: `http://localhost:1/?${new URLSearchParams({ words }).toString()}` }),
    ),
  ],
  [
    'has the token in its headers',
    4,
    echo(
      503,
      () => '',
      (words) => ({ 'content-type': `text/${words}`, 'x-echo': words, 'set-cookie': `t=${encodeURIComponent(words)}` }),
    ),
  ],
  ['is lost on its way', 4, () => loseAnswer],
];

describe.concurrent('no secret shows', () => {
  test('during a whole connection, in all output and reports', () =>
    inWorld(async ({ xero, place, connect, evergrant, secrets }) => {
      connect('acme');
      const link = await evergrant(['consent', 'acme', '--json']);
      const { url } = JSON.parse(link.stdout) as { url: string };
      const callback = xero.consent(url);
      secrets.add(new URL(callback).searchParams.get('code') ?? '');
      expect(await evergrant(['exchange', '--json'], { input: callback })).toMatchObject(exit(0));
      expect(await evergrant(['refresh', 'acme', '--force', '--json', '--report', 'reports'])).toMatchObject(exit(0));
      expect(await evergrant(['connections', 'acme', '--json'])).toMatchObject(exit(0));
      expect(await evergrant(['status', '--json'])).toMatchObject(exit(0));
      await evergrant(['doctor', '--json']);
      fs.writeFileSync(place.fileOf('acme'), fs.readFileSync(place.fileOf('acme'), 'utf8').slice(0, -40));
      expect(await evergrant(['doctor'])).toMatchObject(exit(2));
      expect(await evergrant(['restore', 'acme'])).toMatchObject(exit(0));
      const token = place.rows('acme')['access_token'] ?? '';
      expect(await evergrant(['token', 'acme', '--header'], { disclosed: token })).toMatchObject(exit(0));
      expect(await evergrant(['revoke', 'acme'])).toMatchObject(exit(0));
    }));

  test('of the values in .env, in reports, JSON or refusals', () =>
    inWorld(async ({ connect, evergrant }) => {
      connect('acme', { client_id: '', client_secret: '' });
      expect(await evergrant(['refresh', 'acme', '--force', '--json', '--report', 'reports'])).toMatchObject(exit(7));
      expect(await evergrant(['consent', 'acme'])).toMatchObject(exit(7));
      await evergrant(['doctor', 'acme']);
      expect(await evergrant(['init', 'other'])).toMatchObject(exit(0));
    }));

  test.each(answers)('when the answer %s', (_, code, handlerFor) =>
    inWorld(async ({ xero, connect, evergrant }) => {
      connect('acme');
      xero.next('token', ...Array.from({ length: 9 }, () => handlerFor(xero)));
      const args = ['refresh', 'acme', '--force', '--json', '--patience', '300ms', '--report', 'reports'];
      expect(await evergrant(args)).toMatchObject(exit(code));
    }),
  );

  test('when new tokens cannot be saved', () =>
    inWorld(async ({ xero, place, connect, evergrant }) => {
      connect('acme');
      const file = place.fileOf('acme');
      xero.next('token', (_request, _response, answer) => {
        fs.rmSync(file);
        fs.mkdirSync(file);
        answer();
      });
      expect(await evergrant(['refresh', 'acme', '--force', '--report', 'reports'])).toMatchObject(exit(6));
    }));

  test('when other endpoints repeat what they were sent', () =>
    inWorld(async ({ xero, connect, evergrant }) => {
      connect('acme');
      const page = echo(500, (words) => `<p>${words}</p>`)(xero);
      xero.next('connections', page);
      expect(await evergrant(['connections', 'acme', '--json'])).toMatchObject(exit(4));
      xero.next('revocation', echo(400, oauthError('invalid_client'))(xero));
      expect(await evergrant(['revoke', 'acme'])).toMatchObject(exit(7));
      xero.next('authorize', page, page);
      await evergrant(['consent', 'acme']);
    }));

  test('when an exchange is refused, whatever was pasted', () =>
    inWorld(async ({ xero, connect, evergrant, secrets }) => {
      connect('acme');
      const code = canaryOf('code').replaceAll(/[^\w-]/g, 'x');
      secrets.add(code);
      const { stdout } = await evergrant(['consent', 'acme', '--no-check']);
      const state = new URL(stdout.trim()).searchParams.get('state') ?? '';
      xero.next('token', echo(400, oauthError('invalid_grant'))(xero));
      const pasted = [
        `http://localhost:8080/callback?code=${code}&state=${state}`,
        `http://localhost:8080/callback?code=${code}&state=forged`,
        `http://localhost:8080/callback?error=access_denied&error_description=${code}&state=${state}`,
        `http://localhost:8080/callback?error=${code}&state=${state}`,
        `localhost:8080/callback?code=${code}`,
        `code=${code}`,
      ];
      for (const input of pasted)
        expect((await evergrant(['exchange', 'acme', '--json'], { input })).code).toBeGreaterThan(1);
    }));

  test('when a file that holds secrets is no environment', () =>
    inWorld(async ({ place, connect, evergrant }) => {
      connect('acme');
      const text = fs.readFileSync(place.fileOf('acme'), 'utf8');
      const altered = {
        half: text.slice(0, -50),
        comma: text.replace('"values"', ',"values"'),
        nested: text.replace('"values": [', '"values": [['),
        list: `[${text}`,
      };
      for (const [name, bad] of Object.entries(altered)) place.write(name, bad);
      for (const command of ['status', 'doctor']) await evergrant([command]);
      expect(await evergrant(['refresh', '--all', '--no-jitter', '--json'])).toMatchObject(exit(2));
      for (const name of Object.keys(altered)) expect(await evergrant(['consent', name])).toMatchObject(exit(2));
    }));

  test('in an unknown word on the command line', () =>
    inWorld(async ({ connect, evergrant, secrets }) => {
      connect('acme');
      const word = canaryOf('argument').replaceAll(/[^\w-]/g, 'x');
      secrets.add(word);
      const url = `https://example.com/callback?code=${word}&state=s`;
      const commandLines = [
        [url],
        ['refresh', url],
        ['token', 'acme', url],
        ['init', 'new', `--client-secret=${word}`],
        ['exchange', 'acme', `--callback-url=${url}`],
        ['status', `--json=${url}`],
      ];
      for (const args of commandLines) expect(await evergrant(args, { isTyped: true })).toMatchObject(exit(2));
    }));

  test('in the demo, of any of its tokens', () =>
    inWorld(async ({ place, evergrant, secrets }) => {
      const { code, stdout, stderr } = await evergrant(['demo', '--report', 'reports']);
      const tmp = path.join(place.folder, 'tmp');
      const [own = ''] = fs.readdirSync(tmp).filter((name) => name.startsWith('evergrant-demo-'));
      for (const secret of secretsKept(path.join(tmp, own))) secrets.add(secret);
      fs.rmSync(path.join(tmp, own), { recursive: true }); // it is kept for looking
      expect(code).toBe(0);
      expect(secrets.size).toBeGreaterThan(6); // a client secret and the tokens of three generations
      expectNoSecret(stdout + stderr, secrets, 'the demo');
      expect(stdout + stderr).not.toMatch(/eyJhbGci|[?&]code=/);
    }));

  test('in any help', () =>
    inWorld(async ({ connect, evergrant }) => {
      connect('acme');
      const { stdout } = await evergrant(['--help']);
      const commands = [...stdout.matchAll(/^ {2}(\w+) /gm)].map((match) => match[1] ?? '');
      expect(commands).toEqual(
        expect.arrayContaining(['init', 'consent', 'exchange', 'refresh', 'status', 'token', 'revoke']),
      );
      for (const command of commands) expect(await evergrant([command, '--help'])).toMatchObject(exit(0));
    }));
});

const newman = JSON.stringify(path.join(projectFolder(), 'node_modules/newman'));

/** The secret values of every environment in a folder and of each of its generations that is kept. */
function secretsKept(folder: string): string[] {
  const kept = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return kept
    .filter((name) => name.endsWith('.json'))
    .map((name) => path.join(folder, name))
    .filter((file) => fs.statSync(file).isFile())
    .flatMap(
      (file) => (JSON.parse(fs.readFileSync(file, 'utf8')) as { values: { type: string; value: string }[] }).values,
    )
    .filter(({ type, value }) => type === 'secret' && value !== '')
    .map(({ value }) => value);
}

/** What the program's own parts may do wrong; `secret` is all that they know. */
const crashes: readonly (readonly [string, string])[] = [
  ['Newman throws', 'newman.run = () => { throw new Error(secret); }'],
  ['Newman throws far into a long message', 'newman.run = () => { throw new Error("x".repeat(290) + secret); }'],
  [
    'Newman fails with an error',
    'newman.run = (options, done) => { setImmediate(done, new Error(secret)); return new (require("events"))(); }',
  ],
  [
    'Newman throws later, where nothing catches',
    'newman.run = () => { setImmediate(() => { throw new Error(secret); }); return new (require("events"))(); }',
  ],
  [
    'a promise that nothing waits for is rejected',
    'newman.run = () => { Promise.reject(new Error(secret)); return new (require("events"))(); }',
  ],
  ['no error is thrown but a text', 'newman.run = () => { throw secret; }'],
  [
    'an error has the secret in its name and its cause',
    'newman.run = () => { const e = new Error("x", { cause: secret }); e.name = secret; throw e; }',
  ],
];

const scripts: readonly (readonly [string, string, string])[] = [
  [
    'fails before the request',
    'prerequest',
    'throw new Error(pm.environment.get("refresh_token") + pm.environment.get("client_secret"));',
  ],
  ['fails after the answer', 'test', 'throw new Error(pm.response.text());'],
  [
    'names its tests by a token',
    'test',
    'pm.test(pm.response.json().refresh_token, () => { throw new Error(pm.response.text()); });',
  ],
  [
    'logs all it knows',
    'test',
    'console.log(pm.response.text(), pm.environment.toObject()); console.error(JSON.stringify(pm.request));',
  ],
];

describe.concurrent('no secret shows when a part of the program goes wrong:', () => {
  test.each(crashes)('%s', (_, code) =>
    inWorld(async ({ place, connect, evergrant, preload }) => {
      connect('acme');
      const knowing = `const secret = JSON.stringify(require('fs').readFileSync(${JSON.stringify(place.fileOf('acme'))}, 'utf8')); const newman = require(${newman}); ${code}`;
      const ended = await evergrant(['refresh', 'acme', '--force', '--json'], { preload: preload(knowing) });
      expect(ended).toMatchObject(exit(1));
    }),
  );

  test.each(scripts)('a script of the collection %s', (_, listen, code) =>
    inWorld(async ({ connect, evergrant, preload }) => {
      connect('acme');
      const changed = `const fs = require('fs'); const read = fs.readFileSync;
        fs.readFileSync = (file, ...rest) => {
          const text = read(file, ...rest);
          if (!String(file).endsWith('xero-oauth2.postman_collection.json')) return text;
          const each = (items) => items.forEach((item) => item.item ? each(item.item) : (item.event = [{ listen: '${listen}', script: { exec: [${JSON.stringify(code)}] } }]));
          const collection = JSON.parse(text); each(collection.item); return JSON.stringify(collection);
        };`;
      await evergrant(['refresh', 'acme', '--force', '--report', 'reports'], { preload: preload(changed) });
    }),
  );

  test('a newmanrc of the user orders reports and exports', () =>
    inWorld(async ({ place, connect, evergrant }) => {
      connect('acme');
      const order = {
        reporters: ['cli', 'json', 'junit'],
        reporter: { json: { export: 'leak.json' }, junit: { export: 'leak.xml' } },
        exportEnvironment: 'leak-environment.json',
        exportGlobals: 'leak-globals.json',
      };
      for (const file of ['.newmanrc', path.join('.postman', 'newmanrc')]) {
        fs.mkdirSync(path.join(place.folder, '.postman'), { recursive: true });
        fs.writeFileSync(path.join(place.folder, file), JSON.stringify(order));
      }
      expect(await evergrant(['refresh', 'acme', '--force'])).toMatchObject({ code: 0, stderr: '' });
      expect(fs.readdirSync(place.folder).filter((name) => name.startsWith('leak'))).toEqual([]);
    }));
});
