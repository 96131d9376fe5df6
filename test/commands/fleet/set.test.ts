import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { expectNoSecret } from '../../support/leaks';
import { makeWorkplace, type Result, type RunOptions, type Workplace } from '../../support/program';
import { refusal } from '../../support/refusal';
import { startXeroServer, type XeroServer } from '../../support/servers/xero-server';

let xero: XeroServer;
let place: Workplace;
const newSecret = 'Another-Secret-0123456789';

beforeAll(async () => {
  xero = await startXeroServer();
});
afterAll(() => xero.close());

beforeEach(() => {
  place = makeWorkplace();
  connect('acme');
});

function connect(name: string, rows: Record<string, string> = {}, app: 'web' | 'pkce' = 'web'): void {
  place.write(name, xero.environment(app, name, { ...xero.connectedRows(app), ...rows }));
}

const textOf = (name: string): string => fs.readFileSync(place.fileOf(name), 'utf8');
const appFile = (name: string): string => path.join(place.folder, 'environments', `${name}.app.json`);

/** Runs the program; nothing it says may be a secret. */
async function set(args: readonly string[], options: RunOptions = {}): Promise<Result> {
  const result = await place.run(['set', ...args], options);
  expectNoSecret(result.stdout + result.stderr, new Set([...xero.secrets, newSecret]), 'set');
  return result;
}

describe('one environment', () => {
  test('gets its settings, and keeps its tokens and everything else', async () => {
    const before = place.rows('acme');
    expect(await set(['acme', 'scopes=offline_access accounting.contacts', 'sender=Maple  Books'])).toEqual({
      code: 0,
      stdout: 'acme: set scopes, sender\n',
      stderr: 'a new consent adds scopes, none takes them away: npx evergrant consent acme\n',
    });
    expect(place.rows('acme')).toEqual({
      ...before,
      scopes: 'offline_access accounting.contacts',
      sender: 'Maple Books',
    });
    expect(await set(['acme', 'sender=Maple Books'])).toEqual({ code: 0, stdout: 'acme: unchanged\n', stderr: '' });
  });

  test('gets its settings after the tokens that waited to be recovered', async () => {
    const { generation: _, ...rows } = place.rows('acme');
    const newer = xero.environment('web', 'acme', { ...rows, refresh_token: 'newer', generation: '9' });
    const recovery = path.join(place.folder, 'environments/.acme.postman_environment.json.recovery');
    fs.writeFileSync(recovery, newer, { mode: 0o600 });
    expect(await set(['acme', 'client_id=another', '--replace'])).toMatchObject({ code: 0 });
    expect(place.rows('acme')).toMatchObject({ client_id: 'another', generation: '9' });
    const kept = path.join(place.folder, 'environments/.evergrant/acme.postman_environment.json/generation-9.json');
    expect([fs.existsSync(recovery), fs.readFileSync(kept, 'utf8').includes('newer')]).toEqual([false, true]);
  });

  test.each<[string, string[], RunOptions]>([
    ['standard input', ['--secret-from', '-'], { input: `${newSecret}\r\n` }],
    ['a file', ['--secret-from', 'secret.txt'], {}],
  ])('gets a new secret from %s', async (_, args, options) => {
    fs.writeFileSync(path.join(place.folder, 'secret.txt'), `${newSecret}\n`);
    const replaced = await set(['acme', ...args], options);
    expect(replaced).toMatchObject({ code: 0, stdout: 'acme: set client_secret\n' });
    expect(replaced.stderr).toContain('links signed with the secret before');
    expect(place.rows('acme')['client_secret']).toBe(newSecret);
    expect(await set(['acme', ...args], options)).toEqual({ code: 0, stdout: 'acme: unchanged\n', stderr: '' });
  });

  test('that had no secret has signed no link', async () => {
    connect('birch', { client_secret: '' });
    expect(await set(['birch', '--secret-from', '-'], { input: newSecret })).toMatchObject({ code: 0, stderr: '' });
  });

  test('is not changed by --dry-run, which says what would be', async () => {
    const before = textOf('acme');
    expect(await set(['acme', 'sender=Maple', '--dry-run', '--json'])).toMatchObject({ code: 0, stderr: '' });
    expect(await set(['acme', 'sender=Maple', '--dry-run'])).toEqual({
      code: 0,
      stdout: 'acme: would set sender\n',
      stderr: '',
    });
    expect(textOf('acme')).toBe(before);
  });

  test('says which links a new redirect URI makes void', async () => {
    expect(await set(['acme', 'redirect_uri=https://you.example/callback'])).toMatchObject({
      code: 0,
      stderr: 'links made before are void: npx evergrant consent acme\n',
    });
  });

  test('keeps a client id that its tokens belong to, unless --replace says so', async () => {
    const before = textOf('acme');
    expect(await set(['acme', 'client_id=ANOTHER'])).toMatchObject(
      refusal(2, /belongs to its client id/, /--replace.*npx evergrant consent acme/),
    );
    expect(textOf('acme')).toBe(before);
    expect(await set(['acme', 'client_id=ANOTHER', '--replace'])).toMatchObject({
      code: 0,
      stderr: 'the tokens belong to the client id before: npx evergrant consent acme\n',
    });
    expect(place.rows('acme')).toMatchObject({ client_id: 'ANOTHER', grant_status: 'consent_needed' });
    expect(await place.run(['refresh', 'acme', '--force'])).toMatchObject({ code: 3 });
  });

  test('takes the client id that filled its blank until now without a question', async () => {
    const { client_id: id = '' } = place.rows('acme');
    connect('acme', { client_id: '' });
    const variables = { XERO_CLIENT_ID: id };
    expect(await set(['acme', `client_id=${id}`], { variables })).toMatchObject({ code: 0 });
    expect(place.rows('acme')).toMatchObject({ client_id: id, grant_status: 'connected' });
  });
});

describe('what is refused, and changes nothing', () => {
  test.each<[string[], RegExp, RegExp]>([
    [['acme', `client_secret=${newSecret}`], /client_secret is never an argument/, /--secret-from FILE/],
    [['acme', `access_token=${newSecret}`], /access_token is no setting/, /npx evergrant adopt/],
    [['acme', 'generation=9'], /generation is no setting/, /npx evergrant restore/],
    [['acme', 'tenant_id=9'], /tenant_id is no setting/, /npx evergrant consent/],
    [['acme', 'connected_at=9'], /connected_at is no setting/, /npx evergrant status/],
    [['acme', 'app_type=pkce'], /app_type is no setting/, /npx evergrant init/],
    [['acme', 'scope=a'], /no such setting; did you mean scopes\?/, /set takes client_id/],
    [['acme', `x=${newSecret}`], /no such setting/, /set takes client_id/],
    [['acme', 'redirect_uri=http://you.example/'], /over http, Xero takes localhost only/, /use https/],
    [['acme', 'scopes=offline_access Accounting,Contacts'], /one of them is no scope/, /separate scopes by blanks/],
    [['acme', 'scopes=accounting.contacts'], /no offline_access/, /add offline_access/],
    [['acme', 'scopes=offline_access files app.connections'], /which no person can consent to/, /take app.connections/],
    [['acme', 'token_url=https://evil.example/token'], /no host that is known here/, /EVERGRANT_HOSTS/],
    [['acme', 'link_days=61'], /no number from 1 to 60/, /leave it blank/],
    [['acme', 'client_id={{vault:id}}'], /Postman reference/, /give the value itself/],
    [['acme', 'app=nowhere'], /there is no app nowhere/, /npx evergrant set --app nowhere/],
    [['acme', 'sender=a', 'sender=b'], /sender is given twice/, /say once/],
    [['acme'], /nothing to set/, /npx evergrant set NAME/],
    [['sender=a'], /needs to know where/, /--all/],
    [['acme', '--all', 'sender=a'], /exclude each other/, /name environments/],
    [['acme', '--secret-from', 'nowhere.txt'], /cannot read the secret.*ENOENT/, /standard input/],
    [['acme', '--secret-from', '-'], /there is nothing there/, /the secret alone/],
    [['nobody', 'sender=a'], /no environment nobody/, /npx evergrant init nobody/],
  ])('%j', async (args, message, hint) => {
    const before = textOf('acme');
    expect(await set(args)).toMatchObject({ ...refusal(2, message, hint), stdout: '' });
    expect(textOf('acme')).toBe(before);
  });

  test('a secret for an app that has none', async () => {
    connect('birch', {}, 'pkce');
    expect(await set(['birch', '--secret-from', '-'], { input: newSecret })).toMatchObject(
      refusal(2, /app without a secret/, /leave it out/),
    );
  });
});

describe('all environments', () => {
  test('are changed one after the other; what fails is a line and stops no other', async () => {
    connect('birch');
    place.write('cedar', '{');
    const { code, stdout, stderr } = await set(['--all', 'sender=Maple', '--json']);
    const { results } = JSON.parse(stdout) as { results: object[] };
    expect([code, stderr, results]).toEqual([
      2,
      '',
      [
        { environment: 'acme', tenantId: null, outcome: 'changed', changed: ['sender'], error: null },
        { environment: 'birch', tenantId: null, outcome: 'changed', changed: ['sender'], error: null },
        expect.objectContaining({ environment: 'cedar', outcome: 'invalid', changed: [] }),
      ],
    ]);
  });

  test('of several apps are refused what belongs to one, until it is said which', async () => {
    connect('birch', { client_id: 'ANOTHER' });
    const input = newSecret;
    expect(await set(['--all', '--secret-from', '-'], { input })).toMatchObject(
      refusal(2, /of 2 apps, and this belongs to one/, /--client-id ID/),
    );
    expect(await set(['--all', '--client-id', 'ANOTHER', '--secret-from', '-'], { input })).toMatchObject({
      code: 0,
      stdout: 'birch: set client_secret\n',
    });
    expect(place.rows('acme')['client_secret']).not.toBe(newSecret);
  });

  test('of a client id that none has are said to be none', async () => {
    expect(await set(['--all', '--client-id', 'nope', 'sender=x'])).toMatchObject(
      refusal(2, /none of 1 environment has this client id/, /copy it/),
    );
  });

  test('get a new secret while all of them are refreshed, and lose nothing', async () => {
    const names = Array.from({ length: 300 }, (_, number) => `customer-${number}`);
    for (const name of names) connect(name);
    fs.rmSync(place.fileOf('acme'));
    const secret = xero.addSecret();
    const [refreshed, changed] = await Promise.all([
      place.run(['refresh', '--all', '--force', '--no-jitter', '--json', '--wait', '2m']),
      place.run(['set', '--all', '--secret-from', '-', '--json', '--wait', '2m'], { input: secret }),
    ]);
    expect([refreshed.code, changed.code]).toEqual([0, 0]);
    const results = (text: string): string[] =>
      (JSON.parse(text) as { results: { outcome: string }[] }).results.map(({ outcome }) => outcome);
    expect(new Set(results(changed.stdout))).toEqual(new Set(['changed']));
    expect(results(refreshed.stdout).filter((outcome) => outcome === 'refreshed')).toHaveLength(300);
    xero.endGrace();
    const rows = names.map((name) => place.rows(name));
    expect(rows.filter((row) => row['client_secret'] !== secret)).toEqual([]);
    expect(rows.filter((row) => !xero.accepts(row['refresh_token'] ?? ''))).toEqual([]);
    expect(rows.filter((row) => row['generation'] !== '2')).toEqual([]);
  }, 120_000);
});

describe('an app', () => {
  /** Three environments that have everything from the app. */
  async function makeApp(): Promise<Record<string, string>> {
    const { client_id = '', client_secret = '' } = place.rows('acme');
    for (const name of ['acme', 'birch', 'cedar']) connect(name, { app: 'books', client_id: '', client_secret: '' });
    const args = ['--app', 'books', `client_id=${client_id}`, '--secret-from', '-'];
    await set(args, { input: client_secret });
    return { client_id, client_secret };
  }

  test('is made when it is not there, for this user alone', async () => {
    const rows = await makeApp();
    expect(JSON.parse(fs.readFileSync(appFile('books'), 'utf8'))).toEqual(rows);
    expect(fs.statSync(appFile('books')).mode & 0o777).toBe(0o600);
  });

  test('fills the blanks of its environments, and nothing of it goes into their files', async () => {
    await makeApp();
    expect(await place.run(['refresh', '--all', '--force', '--no-jitter'])).toMatchObject({ code: 0 });
    for (const name of ['acme', 'birch', 'cedar']) {
      expect(place.rows(name)).toMatchObject({ generation: '2', client_id: '', client_secret: '' });
    }
  });

  test('comes before the process’s variables; where its secret is refused, the one before is tried, and remembered', async () => {
    await makeApp();
    const variables = { XERO_CLIENT_ID: 'WRONG', XERO_CLIENT_SECRET: 'wrong-secret-of-the-process' };
    expect(await place.run(['refresh', 'acme', '--force'], { variables })).toMatchObject({ code: 0 });
    await set(['--app', 'books', '--secret-from', '-'], { input: newSecret });
    expect(await place.run(['refresh', 'acme', '--force'])).toMatchObject({ code: 0 });
    const secret = [...xero.secrets].find((one) => one.startsWith('web-'));
    expect(JSON.parse(fs.readFileSync(appFile('books'), 'utf8'))).toMatchObject({
      client_secret: secret,
      client_secret_previous: newSecret,
    });
  });

  test('gets a new secret in one command, which --all for each of them refuses', async () => {
    await makeApp();
    expect(await set(['--app', 'books', '--secret-from', '-'], { input: newSecret })).toMatchObject({
      code: 0,
      stdout: 'books: set client_secret, for 3 environments\n',
    });
    expect(await set(['--all', '--secret-from', '-'], { input: newSecret })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('npx evergrant set --app books --secret-from FILE'),
    });
  });

  test('says that the secret before is kept only where there was one, and is', async () => {
    await makeApp();
    const first = await set(['--app', 'fresh', 'client_id=ABC', '--secret-from', '-'], { input: newSecret });
    expect(first).toMatchObject({ code: 0, stderr: 'no environment names it yet: npx evergrant set NAME app=fresh\n' });
    const next = await set(['--app', 'books', '--secret-from', '-'], { input: newSecret });
    expect(next.stderr).toMatch(/^the secret before is kept beside it: /);
    expect(await set(['--app', 'books', 'client_secret='])).toMatchObject({ code: 0, stderr: '' });
  });

  test.each(['{"client_id":5}', 'xx', '', '"str"', '[]'])(
    'whose file has %j is left as it is, and made anew as the hint says',
    async (text) => {
      fs.writeFileSync(appFile('books'), text, { mode: 0o600 });
      const { code, stderr } = await set(['--app', 'books', 'client_id=ABC']);
      const [, aside = ''] =
        /put it aside: (mv \S+ \S+), then make it anew: npx evergrant set --app books/.exec(stderr) ?? [];
      expect([code, fs.readFileSync(appFile('books'), 'utf8')]).toEqual([2, text]);
      execFileSync('sh', ['-c', aside], { cwd: place.folder });
      expect(await set(['--app', 'books', 'client_id=ABC'])).toMatchObject({ code: 0 });
      expect(fs.readFileSync(`${appFile('books')}.broken`, 'utf8')).toBe(text);
    },
  );

  test('whose file is a link stays one, and is changed where it leads', async () => {
    await makeApp();
    const real = path.join(place.folder, 'vault', 'xero.json');
    fs.mkdirSync(path.dirname(real));
    fs.renameSync(appFile('books'), real);
    fs.symlinkSync(path.relative(path.dirname(appFile('books')), real), appFile('books'));
    expect(await set(['--app', 'books', 'sender=Maple'])).toMatchObject({ code: 0 });
    expect([fs.lstatSync(appFile('books')).isSymbolicLink(), JSON.parse(fs.readFileSync(real, 'utf8'))]).toEqual([
      true,
      expect.objectContaining({ sender: 'Maple' }),
    ]);
  });

  test('that is taken from an environment whose tokens are of its client id needs --replace, as the hint says', async () => {
    await makeApp();
    expect(await set(['acme', 'app='])).toMatchObject(
      refusal(2, /belongs to its client id/, /npx evergrant set acme app= --replace, then/),
    );
    expect(await set(['acme', 'app=', '--replace'])).toMatchObject({ code: 0 });
  });

  test('keeps a client id that tokens belong to, unless --replace says so', async () => {
    const { client_id: id } = await makeApp();
    expect(await set(['--app', 'books', 'client_id=ANOTHER'])).toMatchObject(
      refusal(2, /3 environments of the app books hold tokens/, /--replace/),
    );
    expect(JSON.parse(fs.readFileSync(appFile('books'), 'utf8'))).toMatchObject({ client_id: id });
    expect(await set(['--app', 'books', 'client_id=ANOTHER', '--replace'])).toMatchObject({ code: 0 });
    expect(place.rows('cedar')['grant_status']).toBe('consent_needed');
  });

  test.each<[string, () => void, string]>([
    ['that is not there', () => fs.rmSync(appFile('books')), 'books.app.json is not there'],
    ['that others may write', () => fs.chmodSync(appFile('books'), 0o666), 'can be written by other users'],
    ['that is no JSON', () => fs.writeFileSync(appFile('books'), '{"client_secret"'), 'no JSON object'],
    ['that holds a reference', () => fs.writeFileSync(appFile('books'), '{"client_id":"{{x}}"}'), 'no plain text'],
  ])('%s is not believed: nothing is sent, and status and doctor say so', async (_, spoil, problem) => {
    await makeApp();
    spoil();
    const asked = xero.requests.length;
    expect(await place.run(['refresh', 'acme', '--force'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(problem),
    });
    expect(xero.requests.length).toBe(asked);
    const { stdout } = await place.run(['status', '--json']);
    expect(
      (JSON.parse(stdout) as { environments: { state: string }[] }).environments.map(({ state }) => state),
    ).toEqual(['invalid', 'invalid', 'invalid']);
    expect((await place.run(['doctor', 'acme'])).stdout).toContain(problem);
  });

  test('is not sent to a host that an environment names and nobody here knows', async () => {
    await makeApp();
    connect('acme', { app: 'books', client_secret: '', token_url: 'https://evil.example/token' });
    expect(await place.run(['refresh', 'acme', '--force'])).toMatchObject(
      refusal(2, /evil\.example: client_secret from outside it/, /EVERGRANT_HOSTS/),
    );
  });

  test('of another user’s making is a row like any other: one that is no name, or fills nothing', async () => {
    connect('acme', { app: 'My CRM' });
    expect(await place.run(['refresh', 'acme', '--force'])).toMatchObject({ code: 0 });
    connect('acme', { app: 'crm' });
    expect(await place.run(['refresh', 'acme', '--force'])).toMatchObject({ code: 0 });
  });

  test.each<[string[], RegExp]>([
    [['--app', 'No Name', 'client_id=A'], /no name/],
    [['--app', 'books', 'token_url=https://identity.xero.com/connect/token'], /token_url is of each environment/],
    [['--app', 'books', 'scopes=files'], /no offline_access/],
  ])('%j is refused', async (args, message) => {
    expect(await set(args)).toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
    expect(fs.existsSync(appFile('books'))).toBe(false);
  });
});
