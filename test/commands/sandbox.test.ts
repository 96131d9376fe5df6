import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { askToken, basic, connectApp, refresh, tokensOf, type TokenAnswer } from '../sandbox/client';
import { makeWorkplace, type Result, type Workplace } from '../support/program';
import { refusal } from '../support/refusal';
import { firstLineOf, startProgram, type Running } from '../support/running';
import { sandboxAt, type PostmanEnvironment, type SandboxControls } from '../support/sandbox';

let place: Workplace;
let started: Running[];

beforeEach(() => {
  place = makeWorkplace();
  started = [];
});

afterEach(async () => {
  for (const running of started) await stop(running);
});

/** Stops it as a person does, who presses Ctrl-C. */
async function stop(running: Running): Promise<void> {
  running.signal('SIGINT');
  await running.ended;
}

async function start(...args: string[]): Promise<{ sandbox: SandboxControls; running: Running }> {
  const running = startProgram(place.folder, ['sandbox', '--port', '0', ...args]);
  started.push(running);
  const line = await firstLineOf(running);
  expect(line).toMatch(/^sandbox: http:\/\/localhost:\d+$/);
  return { sandbox: sandboxAt(line.slice('sandbox: '.length)), running };
}

/** Runs it where it is to end by itself. */
const refused = (...args: string[]): Promise<Result> => place.run(['sandbox', ...args]);

/** An access token of a custom connection. */
async function askOwnToken(sandbox: SandboxControls): Promise<TokenAnswer> {
  const app = await sandbox.app({ appType: 'custom_connection' });
  return askToken(sandbox, { grant_type: 'client_credentials' }, basic(app));
}

test('--port 0 takes a free port, prints its URL, and says how to get an environment', async () => {
  const { sandbox, running } = await start();
  const page = await fetch(sandbox.url);
  expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')]);
  await stop(running);
  const { stdout, stderr } = await running.ended;
  expect(stdout).toBe(`sandbox: ${sandbox.url}\n`);
  expect(stderr).toBe(
    `its page and control API: ${sandbox.url}/  (stop it with Ctrl-C)\n` +
      `an environment for it: curl -s '${sandbox.url}/sandbox/environments/web?name=try' > environments/try.postman_environment.json\n`,
  );
});

test('the environment that it offers has its URLs and the given name', async () => {
  const { sandbox } = await start();
  const answer = await fetch(`${sandbox.url}/sandbox/environments/web?name=try`);
  const { name, values } = (await answer.json()) as PostmanEnvironment;
  expect(name).toBe('try');
  expect(values).toContainEqual(expect.objectContaining({ key: 'token_url', value: `${sandbox.url}/connect/token` }));
});

test('Ctrl-C ends it with 0, and nothing is left in the folder', async () => {
  const { sandbox, running } = await start();
  await connectApp(sandbox);
  await stop(running);
  expect((await running.ended).code).toBe(0);
  expect(fs.readdirSync(place.folder)).toEqual(['environments']);
});

test('a port that another program holds is refused', async () => {
  const holder = net.createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as net.AddressInfo; // it listens on TCP
  const result = await refused('--port', String(port));
  holder.close();
  expect(result).toMatchObject({ ...refusal(2, new RegExp(`port ${port} is in use`), /--port 0/), stdout: '' });
});

test.each(['70000', '-1', '80a', ''])('“%s” is refused as a port', async (port) => {
  expect(await refused(`--port=${port}`)).toMatchObject({
    ...refusal(2, /--port takes a number from 0 to 65535/, /9080/),
    stdout: '',
  });
});

test('an unknown client is answered with 400, or with 401 by --variant invalidClientStatus=401', async () => {
  const ask = (sandbox: SandboxControls): Promise<TokenAnswer> =>
    askToken(sandbox, { grant_type: 'client_credentials', client_id: 'nobody' });
  const [usual, other] = [await start(), await start('--variant', 'invalidClientStatus=401')];
  expect([await ask(usual.sandbox), await ask(other.sandbox)]).toMatchObject([
    { status: 400, body: { error: 'invalid_client' } },
    { status: 401, body: { error: 'invalid_client' } },
  ]);
});

test('--variant may be given again', async () => {
  const { sandbox } = await start('--variant', 'expiresInType=string', '--variant', 'customConnectionsList=error400');
  expect((await askOwnToken(sandbox)).body['expires_in']).toBe('1800');
  expect(await sandbox.variants({})).toMatchObject({
    expiresInType: 'string',
    customConnectionsList: 'error400',
    graceAnswer: 'new',
  });
});

test.each([
  ['an unknown name', 'nonsense=yes'],
  ['an unknown value', 'graceAnswer=never'],
  ['a name alone', 'graceAnswer'],
  ['two values', 'graceAnswer=same=x'],
])('--variant with %s is refused, and the names are listed', async (_, pair) => {
  expect(await refused('--port', '0', '--variant', pair)).toMatchObject({
    ...refusal(2, /there is no such variant/, /--variant takes NAME=VALUE; the names are graceAnswer, .*codeReuse/),
    stdout: '',
  });
});

test('--state keeps apps and tokens over a restart, for its owner only', async () => {
  const first = await start('--state', 'kept.json');
  const { app, refreshToken } = await connectApp(first.sandbox);
  await stop(first.running);
  expect(fs.statSync(path.join(place.folder, 'kept.json')).mode & 0o777).toBe(0o600);
  const second = await start('--state', 'kept.json');
  const answer = await refresh(second.sandbox, app, refreshToken);
  expect(answer.status).toBe(200);
  expect(await second.sandbox.inspect(tokensOf(answer).refreshToken)).toBe('live');
});

test('without --state nothing is kept over a restart', async () => {
  const first = await start();
  const { app, refreshToken } = await connectApp(first.sandbox);
  await stop(first.running);
  const second = await start();
  expect(await refresh(second.sandbox, app, refreshToken)).toMatchObject({ status: 400 });
});

test.each([
  ['no JSON', 'something else'],
  ['JSON of somebody else', '{"format":"of-somebody-else"}'],
])('a state file that is %s is refused, and left as it is', async (_, text) => {
  const file = path.join(place.folder, 'kept.json');
  fs.writeFileSync(file, text);
  expect(await refused('--port', '0', '--state', 'kept.json')).toMatchObject({
    ...refusal(2, /kept\.json is no state file of this sandbox/, /--state/),
    stdout: '',
  });
  expect(fs.readFileSync(file, 'utf8')).toBe(text);
});

test('a state file in a folder that does not exist is refused', async () => {
  expect(await refused('--port', '0', '--state', 'missing/kept.json')).toMatchObject(
    refusal(2, /cannot keep the state in missing\/kept\.json \(ENOENT\)/, /--state/),
  );
});
