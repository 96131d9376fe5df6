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
  played = await play(place, '--report', 'out/of/demo');
});

function play(workplace: Workplace, ...args: readonly string[]): Promise<Result> {
  return workplace.run(['demo', ...args], { variables: { TMPDIR: workplace.folder } });
}

/** The environments that demos have made, each in a temporary folder. */
function madeIn(folder: string): string[] {
  const files = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const made = files.filter((file) => /^evergrant-demo-\w+\/sandbox\.postman_environment\.json$/.test(file));
  return made.map((file) => path.join(folder, file));
}

function rowsIn(file = ''): Record<string, string> {
  const { values } = JSON.parse(fs.readFileSync(file, 'utf8')) as { values: { key: string; value: string }[] };
  return Object.fromEntries(values.map(({ key, value }) => [key, value]));
}

/** The secret values of the environment, and of each of its generations that is kept. */
function secretsOf({ folder }: Workplace): Set<string> {
  const environments = path.dirname(madeIn(folder)[0] ?? '');
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
    `A local Xero look-alike runs at ${urlIn(played.stdout)}; ${madeIn(place.folder).join(', ')} is made for it.`,
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

test('it leaves a connected environment of the third generation in a temporary folder, for its owner only', () => {
  const [file = ''] = madeIn(place.folder);
  expect([file, path.dirname(file)].map((one) => fs.statSync(one).mode & 0o777)).toEqual([0o600, 0o700]);
  expect(rowsIn(file)).toMatchObject({
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

test('it leaves nothing that a later run comes upon, and may be played again', async () => {
  const other = makeWorkplace();
  const text = '{"name":"sandbox","values":[{"key":"token_url","value":"https://identity.xero.com/connect/token"}]}';
  other.write('sandbox', text);
  for (const _ of [1, 2]) expect(await play(other)).toMatchObject({ code: 0, stderr: '' });
  expect(madeIn(other.folder).map(rowsIn)).toMatchObject([{ generation: '3' }, { generation: '3' }]);
  expect(fs.readdirSync(path.join(other.folder, 'environments'))).toEqual([path.basename(other.fileOf('sandbox'))]);
  expect(fs.readFileSync(other.fileOf('sandbox'), 'utf8')).toBe(text);
});

test('--manual waits for the browser of a person', async () => {
  const manual = makeWorkplace();
  const variables = { TMPDIR: manual.folder };
  const running = startProgram(manual.folder, ['demo', '--manual'], { variables });
  const link = (await lineOf(running, /^ +http.*\/identity\/connect\/authorize\?/)).trim();
  expect(running.said()).not.toContain('$ npx evergrant exchange');
  const callback = new URL(await sandboxAt(new URL(link).origin).consent(link));
  expect(callback.pathname).toBe('/callback');
  const page = await fetch(callback);
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('the story goes on in the terminal')]);
  const { code, stdout } = await running.ended;
  expect({ code, isWhole: stdout.includes('consent once, stay connected') }).toEqual({ code: 0, isWhole: true });
  expect(stdout).toContain('Open the link in your browser, sign in, choose and allow.');
  expect(madeIn(manual.folder).map(rowsIn)[0]).toMatchObject({
    generation: '3',
    redirect_uri: callback.origin + callback.pathname,
  });
});

test('a report folder that is a file is refused, before a token is sent', async () => {
  const other = makeWorkplace();
  fs.writeFileSync(path.join(other.folder, 'taken'), 'by a file');
  expect(await play(other, '--report', 'taken')).toMatchObject(refusal(2, /cannot make taken \(EEXIST\)/, /--report/));
  const connected = { grant_status: 'connected', generation: '1', refresh_started_at: '' };
  expect(madeIn(other.folder).map(rowsIn)).toMatchObject([connected]);
});

test.each([
  ['an argument', ['acme'], 'too many arguments'],
  ['an unknown flag', ['--fast'], "unknown option '--fast'"],
  ['--report without a folder', ['--report'], 'argument missing'],
])('%s is refused, and nothing is made', async (_, args, problem) => {
  const other = makeWorkplace();
  const result = await play(other, ...args);
  expect(result).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(problem) });
  expect(madeIn(other.folder)).toEqual([]);
});
