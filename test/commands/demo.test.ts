import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { expectNoSecret, expectNoSecretInFiles } from '../support/leaks';
import { makeWorkplace, type Result, type Workplace } from '../support/program';
import { refusal } from '../support/refusal';
import { lineOf, startProgram } from '../support/running';
import { sandboxAt } from '../support/sandbox';

/** A whole demo, for all tests that only look at it. It is over when its sandbox is, too, which shares its stderr. */
let place: Workplace;
let played: Result;

beforeAll(async () => {
  place = makeWorkplace();
  played = await place.run(['demo', '--report', 'out/of/demo']);
});

/** The secret values of the environment, and of each of its generations that is kept. */
function secretsOf({ folder }: Workplace): Set<string> {
  const environments = path.join(folder, 'environments');
  const kept = fs.readdirSync(environments, { recursive: true, encoding: 'utf8' });
  const secrets = new Set<string>();
  for (const file of kept.filter((one) => /(postman_environment|generation-\d)\.json$/.test(one))) {
    const at = path.join(environments, file);
    if (!fs.statSync(at).isFile()) continue;
    const text = fs.readFileSync(at, 'utf8');
    const { values } = JSON.parse(text) as { values: { key: string; value: string; type: string }[] };
    for (const { type, value } of values) if (type === 'secret' && value !== '') secrets.add(value);
  }
  return secrets;
}

const urlIn = (text: string): string => /http:\/\/localhost:\d+/.exec(text)?.[0] ?? '';

test('it plays the whole story to its end, and shows each command', () => {
  const { code, stdout, stderr } = played;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const commands = [...stdout.matchAll(/^ {2}\$ npx evergrant (.*)$/gm)].map(([, words]) => words);
  expect(commands).toEqual([
    'consent sandbox',
    "exchange '<the address the browser ended at>'",
    'connections sandbox',
    'refresh sandbox --report out/of/demo',
    'refresh sandbox --report out/of/demo',
    'status',
  ]);
});

test('it says what happens between the commands', () => {
  const explained = played.stdout.split('\n').filter((line) => /^\S/.test(line));
  const organisation = /With the access token, Xero's API answers: (.+)\./.exec(played.stdout)?.[1] ?? '';
  expect(organisation).not.toBe('');
  expect(explained).toEqual([
    `A local Xero look-alike runs at ${urlIn(played.stdout)}; environments/sandbox.postman_environment.json is made for it.`,
    'A scripted person opens the link, signs in, chooses an organisation and presses Allow.',
    `With the access token, Xero's API answers: ${organisation}.`,
    'Half an hour passes: the access token has expired.',
    'Another half hour passes: the access token has expired.',
    'The reports in out/of/demo/ show each request, and no secret. That is all: consent once, stay connected.',
    'Next, with your own app: npx evergrant init NAME',
  ]);
  expect(played.stdout).toContain(`    sandbox: connected to ${organisation};`);
  expect(played.stdout.match(/^ {4}sandbox: refreshed, /gm)).toHaveLength(2);
});

test('it leaves a connected environment of the third generation, for its owner only', () => {
  const { mode } = fs.statSync(place.fileOf('sandbox'));
  expect(mode & 0o777).toBe(0o600);
  expect(place.rows('sandbox')).toMatchObject({
    app_type: 'web',
    token_url: `${urlIn(played.stdout)}/connect/token`,
    grant_status: 'connected',
    generation: '3',
    refresh_started_at: '',
  });
});

test('neither its words nor its report hold a secret', () => {
  const secrets = secretsOf(place);
  expect(secrets.size).toBeGreaterThan(6); // the client secret, and both tokens of three generations
  const page = fs.readFileSync(path.join(place.folder, 'out/of/demo/sandbox-refresh-tokens.html'), 'utf8');
  expect(page).toContain('Refresh tokens');
  expect(page).toContain('[secret]');
  expectNoSecret(played.stdout, secrets, 'the demo');
  expectNoSecretInFiles(place.folder, secrets);
});

test('it may be played again: its own environment is made anew', async () => {
  const { refresh_token: earlier } = place.rows('sandbox');
  expect(await place.run(['demo', '--report', 'out/of/demo'])).toMatchObject({ code: 0, stderr: '' });
  expect(place.rows('sandbox')).toMatchObject({ grant_status: 'connected', generation: '3' });
  expect(place.rows('sandbox')['refresh_token']).not.toBe(earlier);
});

test('--manual waits for the browser of a person', async () => {
  const manual = makeWorkplace();
  const running = startProgram(manual.folder, ['demo', '--manual']);
  const link = (await lineOf(running, /^ +http.*\/identity\/connect\/authorize\?/)).trim();
  expect(running.said()).not.toContain('$ npx evergrant exchange');
  const callback = new URL(await sandboxAt(new URL(link).origin).consent(link));
  expect(callback.pathname).toBe('/callback');
  const page = await fetch(callback);
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('the story goes on in the terminal')]);
  const { code, stdout } = await running.ended;
  expect({ code, isWhole: stdout.includes('consent once, stay connected') }).toEqual({ code: 0, isWhole: true });
  expect(stdout).toContain('Open the link in your browser, sign in, choose and allow.');
  expect(manual.rows('sandbox')).toMatchObject({ generation: '3', redirect_uri: callback.origin + callback.pathname });
});

test('an environment of the same name that is somebody’s own is refused, and left as it is', async () => {
  const other = makeWorkplace();
  const text = '{"name":"sandbox","values":[{"key":"token_url","value":"https://identity.xero.com/connect/token"}]}';
  other.write('sandbox', text);
  expect(await other.run(['demo'])).toMatchObject(
    refusal(2, /sandbox.postman_environment.json is not the demo's own/, /rename it/),
  );
  expect(fs.readFileSync(other.fileOf('sandbox'), 'utf8')).toBe(text);
});

test('a report folder that is a file is refused, before a token is sent', async () => {
  const other = makeWorkplace();
  fs.writeFileSync(path.join(other.folder, 'taken'), 'by a file');
  expect(await other.run(['demo', '--report', 'taken'])).toMatchObject(
    refusal(2, /cannot make taken \(EEXIST\)/, /--report/),
  );
  expect(other.rows('sandbox')).toMatchObject({ grant_status: 'connected', generation: '1', refresh_started_at: '' });
});

test.each([
  ['an argument', ['acme'], 'too many arguments'],
  ['an unknown flag', ['--fast'], "unknown option '--fast'"],
  ['--report without a folder', ['--report'], 'argument missing'],
])('%s is refused, and nothing is made', async (_, args, problem) => {
  const other = makeWorkplace();
  const result = await other.run(['demo', ...args]);
  expect(result).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(problem) });
  expect(fs.readdirSync(path.join(other.folder, 'environments'))).toEqual([]);
});
