import fs from 'node:fs';
import path from 'node:path';
import { quote } from 'shlex';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeWorkplace, type Result, type Workplace } from '../../support/program';
import { refusal } from '../../support/refusal';
import { startXeroServer, type XeroServer } from '../../support/servers/xero-server';

let xero: XeroServer;
let place: Workplace;
let keyFile: string;

beforeAll(async () => {
  xero = await startXeroServer();
});
afterAll(() => xero.close());

beforeEach(async () => {
  place = makeWorkplace();
  keyFile = path.join(place.folder, 'the.key');
  const refused = { pending_access_token: 'the-access-of-another', pending_refresh_token: 'the-refresh-of-another' };
  place.write('acme', xero.environment('web', 'acme', { ...xero.connectedRows(), ...refused }));
});

const run = (...args: string[]): Promise<Result> => place.run(args, { variables: { EVERGRANT_KEY_FILE: keyFile } });
const without = (...args: string[]): Promise<Result> => place.run(args);
const accessKeyOnly = (...args: string[]): Promise<Result> => {
  const [access] = fs
    .readFileSync(keyFile, 'utf8')
    .split('\n')
    .filter((line) => line.includes(':access:'));
  return place.run(args, { variables: { EVERGRANT_KEY: access ?? '' } });
};
const initKey = (...args: string[]): Promise<Result> => without('key', 'init', '--to', keyFile, ...args);
const secretKeys = ['client_secret', 'access_token', 'refresh_token', 'pending_access_token', 'pending_refresh_token'];
const secretsIn = (name: string): string[] => secretKeys.map((key) => place.rows(name)[key] ?? '');

/** Every file in the folder of environments, hidden ones too, with what is in it. */
function everything(folder = path.join(place.folder, 'environments')): string {
  const files = fs.readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  return files.map((one) => fs.readFileSync(path.join(one.parentPath, one.name), 'utf8')).join('\n');
}

/** A secret as it is, and in other words. */
const inEveryEncoding = (secret: string): string[] => [
  secret,
  ...(['base64', 'base64url', 'hex'] as const).map((encoding) => Buffer.from(secret).toString(encoding).slice(0, -4)),
  encodeURIComponent(secret),
];

describe('a sealed store', () => {
  let before: string[];

  beforeEach(async () => {
    await without('refresh', 'acme', '--force');
    before = secretsIn('acme');
    expect(await initKey()).toMatchObject({ code: 0 });
    expect(await run('seal', '--all')).toMatchObject({ code: 0, stdout: '1 environment sealed\n' });
  });

  test('holds no secret in any file, before and after a refresh', async () => {
    const text = everything();
    await run('refresh', 'acme', '--force');
    const opened = await run('token', 'acme');
    for (const secret of [...before.flatMap(inEveryEncoding), opened.stdout.trim()]) {
      expect([text.includes(secret), everything().includes(secret)]).toEqual([false, false]);
    }
    expect(opened.stdout.trim()).not.toBe(before[1]);
    expect(secretsIn('acme').every((value) => value.startsWith('evergrant:1:'))).toBe(true);
  });

  test('needs the key for what spends or shows tokens, and for nothing else', async () => {
    const text = fs.readFileSync(place.fileOf('acme'), 'utf8');
    for (const args of [
      ['status'],
      ['list'],
      ['find', 'acme'],
      ['log', 'acme'],
      ['refresh', '--all', '--dry-run'],
      ['key', 'status'],
    ]) {
      const { code, stderr } = await without(...args);
      expect([args, code === 0 || args[0] === 'key', stderr]).toEqual([args, true, '']);
    }
    const spent = xero.requests.length;
    for (const args of [
      ['refresh', 'acme', '--force'],
      ['token', 'acme'],
      ['export', 'acme', '--for-postman'],
      ['rename', 'acme', 'birch'],
    ]) {
      expect(await without(...args)).toMatchObject(
        refusal(2, /is sealed, and this process has no key/, /EVERGRANT_KEY_FILE/),
      );
    }
    expect([xero.requests.length, fs.readFileSync(place.fileOf('acme'), 'utf8')]).toEqual([spent, text]);
  });

  test('is refused to another key, before anything is spent', async () => {
    const [text, spent] = [fs.readFileSync(place.fileOf('acme'), 'utf8'), xero.requests.length];
    const other = path.join(place.folder, 'other.key');
    const elsewhere = makeWorkplace();
    await elsewhere.run(['key', 'init', '--to', other]);
    const result = await place.run(['refresh', 'acme', '--force'], { variables: { EVERGRANT_KEY_FILE: other } });
    expect(result).toMatchObject(refusal(2, /does not open/, /npx evergrant key status/));
    expect([xero.requests.length, fs.readFileSync(place.fileOf('acme'), 'utf8')]).toEqual([spent, text]);
  });

  test('gives a machine with the access key access tokens, and nothing else', async () => {
    expect(await accessKeyOnly('token', 'acme')).toMatchObject({ code: 0, stdout: `${before[1] ?? ''}\n` });
    expect(await accessKeyOnly('refresh', 'acme', '--force')).toMatchObject(
      refusal(4, /is for access tokens alone/, /the machine that has the whole key refreshes/),
    );
    expect(await accessKeyOnly('token', 'acme', '--min-validity', '31m')).toMatchObject({ code: 4, stdout: '' });
    expect(await accessKeyOnly('export', 'acme', '--for-postman')).toMatchObject({ code: 4, stdout: '' });
  });

  test('restores a kept generation, and keeps its secrets under another name', async () => {
    await run('refresh', 'acme', '--force');
    expect(await run('restore', 'acme', '2')).toMatchObject({ code: 0 });
    expect(await run('rename', 'acme', 'birch')).toMatchObject({ code: 0 });
    expect(await run('refresh', 'birch', '--force')).toMatchObject({ code: 0 });
    expect(await run('restore', 'birch')).toMatchObject({ code: 0 });
    expect(everything()).not.toContain(before[2]);
  });

  test('says of a file that was moved by hand under which name it was sealed', async () => {
    fs.renameSync(place.fileOf('acme'), place.fileOf('birch'));
    expect(await run('refresh', 'birch', '--force')).toMatchObject(
      refusal(2, /of birch was sealed as acme/, /npx evergrant rename acme birch/),
    );
    expect(await run('rename', 'acme', 'birch')).toMatchObject({ code: 0 });
    expect(await run('refresh', 'birch', '--force')).toMatchObject({ code: 0 });
  });

  test('refuses each value that was moved to another place, and spends nothing', async () => {
    place.write('birch', fs.readFileSync(place.fileOf('acme'), 'utf8').replace('"name": "acme"', '"name": "birch"'));
    const spent = xero.requests.length;
    expect(await run('refresh', 'birch', '--force')).toMatchObject(
      refusal(2, /was sealed as acme/, /acme is there: npx evergrant remove birch/),
    );
    const rows = place.rows('acme');
    for (const [from, to] of [
      ['access_token', 'refresh_token'],
      ['client_secret', 'refresh_token'],
      ['refresh_token', 'client_secret'],
    ] as const) {
      const text = fs.readFileSync(place.fileOf('acme'), 'utf8');
      place.write('acme', text.replace(rows[to] ?? '', rows[from] ?? ''));
      expect(await run('refresh', 'acme', '--force')).toMatchObject(
        refusal(2, /was not sealed for this place/, /npx evergrant restore acme/),
      );
      place.write('acme', text);
    }
    place.write(
      'acme',
      fs.readFileSync(place.fileOf('acme'), 'utf8').replace(/("generation",\s+"value": ")\d+/, '$17'),
    );
    expect(await run('refresh', 'acme', '--force')).toMatchObject(
      refusal(2, /was not sealed for this place/, /restore acme/),
    );
    expect(xero.requests.length).toBe(spent);
  });

  test('hands over opened, and takes over into a seal', async () => {
    const file = path.join(place.folder, 'handed.json');
    expect(await run('export', 'acme', '--for-postman', '--output', file)).toMatchObject({ code: 0 });
    expect(fs.readFileSync(file, 'utf8')).toContain(before[2]);
    expect(await run('adopt', 'birch', file)).toMatchObject({ code: 0 });
    expect(everything()).not.toContain(before[2]);
    expect(await run('refresh', 'birch', '--force')).toMatchObject({ code: 0 });
    const sealed = path.join(place.folder, 'sealed.json');
    fs.copyFileSync(place.fileOf('birch'), sealed);
    expect(await run('adopt', 'cedar', sealed)).toMatchObject(
      refusal(2, /is sealed, and opens in its own store/, /export NAME --for-postman/),
    );
  });

  test('seals the secret of an app, and what is kept of the one before', async () => {
    fs.writeFileSync(path.join(place.folder, 'secret'), `${before[0] ?? ''}\n`);
    expect(
      await run(
        'set',
        '--app',
        'books',
        'client_id=THE-CLIENT-OF-THE-BOOKS',
        '--secret-from',
        path.join(place.folder, 'secret'),
      ),
    ).toMatchObject({ code: 0 });
    fs.writeFileSync(path.join(place.folder, 'secret'), 'another-secret-0123456789-0123456789\n');
    expect(await run('set', '--app', 'books', '--secret-from', path.join(place.folder, 'secret'))).toMatchObject({
      code: 0,
    });
    const app = JSON.parse(fs.readFileSync(path.join(place.folder, 'environments/books.app.json'), 'utf8')) as Record<
      string,
      string
    >;
    expect([app['client_secret'], app['client_secret_previous']]).toEqual([
      expect.stringMatching(/^evergrant:1:/),
      expect.stringMatching(/^evergrant:1:/),
    ]);
    expect(everything()).not.toContain('another-secret');
  });

  test('opens again for one environment, which stays so, and seals it again', async () => {
    expect(await run('unseal', 'acme')).toMatchObject({ code: 0, stdout: '1 environment unsealed\n' });
    expect(secretsIn('acme')).toEqual(before);
    expect(await without('refresh', 'acme', '--force')).toMatchObject({ code: 0 });
    expect(await run('seal', 'acme')).toMatchObject({ code: 0, stdout: '1 environment sealed\n' });
    expect(await run('refresh', 'acme', '--force')).toMatchObject({ code: 0 });
  });

  test('seals or opens an environment as before under its new name, and a new one of its name as all', async () => {
    const policy = async (): Promise<unknown> =>
      (JSON.parse((await run('key', 'status', '--json')).stdout) as { except: unknown }).except;
    await run('unseal', 'acme');
    expect(await run('rename', 'acme', 'birch')).toMatchObject({ code: 0 });
    expect([secretsIn('birch'), await policy()]).toEqual([before, ['birch']]);
    expect(await run('rename', 'birch', 'birch')).toMatchObject({ code: 2 });
    expect(await run('rename', 'birch', 'NO')).toMatchObject({ code: 2 });
    expect(await policy()).toEqual(['birch']);
    await run('remove', 'birch', '--yes');
    expect(await policy()).toEqual([]);
  });

  test('is resealed with new data keys while it works, and needs the new key alone in the end', async () => {
    const next = path.join(place.folder, 'next.key');
    expect(await run('key', 'rotate', '--to', next)).toMatchObject({ code: 0 });
    expect(await run('refresh', 'acme', '--force')).toMatchObject({ code: 0 });
    const withNext = (...args: string[]): Promise<Result> =>
      place.run(args, { variables: { EVERGRANT_KEY_FILE: next } });
    expect(await run('key', 'retire')).toMatchObject(
      refusal(2, /is the one before: a newer one opens this store/, /EVERGRANT_KEY_FILE/),
    );
    expect(await withNext('key', 'reseal')).toMatchObject({ code: 0 });
    expect(await withNext('key', 'retire')).toMatchObject({ code: 0 });
    expect(await withNext('refresh', 'acme', '--force')).toMatchObject({ code: 0 });
    expect(await withNext('restore', 'acme', '2')).toMatchObject({ code: 0 });
    expect(await run('refresh', 'acme', '--force')).toMatchObject(
      refusal(2, /does not open/, /npx evergrant key status/),
    );
  });
});

test('what was put in escrow opens by the identity of age when the key is lost', async () => {
  const { generateIdentity, identityToRecipient } = await import('age-encryption');
  const identity = await generateIdentity();
  const identityFile = path.join(place.folder, 'age.txt');
  fs.writeFileSync(identityFile, `# created: today\n${identity}\n`, { mode: 0o600 });
  expect(await initKey('--escrow', await identityToRecipient(identity))).toMatchObject({ code: 0 });
  await run('seal', '--all');
  await run('key', 'rotate');
  await run('refresh', 'acme', '--force');
  fs.rmSync(keyFile);
  expect(await run('refresh', 'acme', '--force')).toMatchObject(
    refusal(2, /cannot read the key in/, /EVERGRANT_KEY_FILE/),
  );
  expect(await without('key', 'recover', '--identity', identityFile, '--to', keyFile)).toMatchObject({ code: 0 });
  expect(await run('refresh', 'acme', '--force')).toMatchObject({ code: 0 });
  expect(await run('restore', 'acme', '2')).toMatchObject({ code: 0 });
});

test('escrow may begin later, and then is for all data keys and for nobody else', async () => {
  const { generateIdentity, identityToRecipient } = await import('age-encryption');
  const [first, second] = [await generateIdentity(), await generateIdentity()];
  const fileOf = (identity: string): string => {
    const file = path.join(place.folder, `${identity.slice(-6)}.txt`);
    fs.writeFileSync(file, `${identity}\n`, { mode: 0o600 });
    return file;
  };
  await initKey('--escrow', await identityToRecipient(first));
  await run('seal', '--all');
  expect(await run('key', 'rotate', '--escrow', 'age1nonsense')).toMatchObject(
    refusal(2, /what --escrow names is no recipient of age/, /age-keygen/),
  );
  expect(await run('key', 'rotate', '--escrow', await identityToRecipient(second))).toMatchObject({ code: 0 });
  fs.rmSync(keyFile);
  const recover = (identity: string): Promise<Result> =>
    without('key', 'recover', '--identity', fileOf(identity), '--to', keyFile);
  expect(await recover(first)).toMatchObject(refusal(2, /does not open the escrow/, /whose recipient was given/));
  expect(await recover(second)).toMatchObject({ code: 0, stdout: expect.stringMatching(/^2 data keys recovered/) });
  expect(await run('refresh', 'acme', '--force')).toMatchObject({ code: 0 }); // its values have the older data key
});

test('when the key is lost for good, a new one begins anew: a new secret, a new consent, and all is sealed again', async () => {
  const secret = place.rows('acme')['client_secret'] ?? '';
  await initKey();
  await run('seal', '--all');
  fs.rmSync(keyFile);
  expect(await initKey()).toMatchObject(refusal(2, /there is a key ring/, /npx evergrant key init --lost --to FILE/));
  expect(await initKey('--lost')).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('opens with the lost key alone') as string,
  });
  expect(await run('refresh', 'acme', '--force')).toMatchObject(
    refusal(2, /does not open/, /npx evergrant key status/),
  );
  expect(await run('key', 'retire')).toMatchObject({ code: 2 });
  fs.writeFileSync(path.join(place.folder, 'secret'), `${secret}\n`);
  expect(await run('set', 'acme', '--secret-from', path.join(place.folder, 'secret'))).toMatchObject({ code: 0 });
  const { stdout: link } = await run('consent', 'acme', '--no-check');
  expect(await run('exchange', 'acme', xero.consent(link.trim()))).toMatchObject({ code: 0, stderr: '' });
  expect(await run('refresh', 'acme', '--force')).toMatchObject({ code: 0 });
  expect(await run('key', 'rotate')).toMatchObject({ code: 0 });
  expect(await run('key', 'retire')).toMatchObject({ code: 0 });
  expect(await run('restore', 'acme')).toMatchObject({ code: 0 });
});

describe('a key', () => {
  test.each([
    ['init', '--to', '-'],
    ['rotate', '--to', '-'],
  ])('from key %s goes to standard output alone, so that it can be put into a file', async (...args) => {
    if (args[0] !== 'init') await initKey();
    const { code, stdout, stderr } = await run('key', ...args);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^# .+\nevergrant-key:1:access:[\w-]{43}\nevergrant-key:1:refresh:[\w-]{43}\n$/),
    });
    expect(stderr).not.toContain('evergrant-key:1:');
    fs.writeFileSync(keyFile, stdout);
    expect(await run('key', 'status')).toMatchObject({ code: 0 });
  });

  test('made where no variable says so yet names the whole command that seals', async () => {
    const { stdout } = await initKey();
    expect(stdout).toContain(`seal what is there: EVERGRANT_KEY_FILE=${quote(keyFile)} npx evergrant seal --all\n`);
  });

  test('is made where it is said alone, for this user, and never again', async () => {
    expect(await without('key', 'init')).toMatchObject(
      refusal(2, /no key is configured, and none is made in silence/, /npx evergrant key init --to FILE/),
    );
    expect(await without('seal', '--all')).toMatchObject(
      refusal(2, /nothing is sealed here: \S+ is not there/, /npx evergrant key init --to FILE/),
    );
    expect(await initKey()).toMatchObject({ code: 0 });
    expect(fs.statSync(keyFile).mode & 0o777).toBe(0o600);
    expect(await initKey()).toMatchObject(refusal(2, /there is a key ring/, /key rotate --to FILE/));
  });

  test('comes from a command, a service manager, or a variable, the first that is configured', async () => {
    await initKey();
    await run('seal', '--all');
    const text = fs.readFileSync(keyFile, 'utf8');
    const credentials = path.join(place.folder, 'credentials');
    fs.mkdirSync(credentials);
    fs.writeFileSync(path.join(credentials, 'evergrant-key'), text);
    for (const variables of [
      { EVERGRANT_KEY_COMMAND: `cat '${keyFile}'` },
      { CREDENTIALS_DIRECTORY: credentials },
      { EVERGRANT_KEY: text },
    ]) {
      expect(await place.run(['token', 'acme'], { variables })).toMatchObject({ code: 0 });
    }
    const wrong = { EVERGRANT_KEY_FILE: path.join(place.folder, 'missing'), EVERGRANT_KEY: text };
    expect(await place.run(['token', 'acme'], { variables: wrong })).toMatchObject({ code: 2 });
    fs.writeFileSync(path.join(place.folder, '.env'), `EVERGRANT_KEY=${text.replaceAll('\n', ' ')}\n`, { mode: 0o600 });
    expect(await place.run(['token', 'acme'])).toMatchObject(
      refusal(2, /this process has no key/, /EVERGRANT_KEY_FILE/),
    );
    fs.writeFileSync(path.join(place.folder, '.env'), `EVERGRANT_KEY_FILE=${keyFile}\n`, { mode: 0o600 });
    expect(await place.run(['token', 'acme'])).toMatchObject({ code: 0 });
  });

  test.each([
    ['fails', 'exit 3', /ended with 3/],
    ['says something else', 'echo correct horse', /is no key of evergrant/],
  ])('is refused from a command that %s', async (_, command, why) => {
    await initKey();
    await run('seal', '--all');
    expect(await place.run(['token', 'acme'], { variables: { EVERGRANT_KEY_COMMAND: command } })).toMatchObject(
      refusal(2, why, /./),
    );
  });
});
