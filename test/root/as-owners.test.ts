import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { mergeDocuments, worstOf } from '../../scripts/root/owners-runs';
import { isRoot, modeOf, nobody } from '../environment/files/children';
import { makeWorkplace, type Result, type Workplace } from '../support/program';
import { projectFolder } from '../support/project';
import { firstLineOf, startProgram } from '../support/running';
import { startXeroServer, type XeroServer } from '../support/servers/xero-server';

/** Users without an entry in the machine's list, besides `nobody`; who is not root has only himself to give files to. */
const [ada, bob] = isRoot ? [54_321, 54_322] : [process.getuid?.() ?? 0, process.getuid?.() ?? 0];

let xero: XeroServer;
let place: Workplace;
let environments: string;

beforeAll(async () => {
  xero = await startXeroServer();
});
afterAll(() => xero.close());
beforeEach(() => {
  place = makeWorkplace();
  environments = path.join(place.folder, 'environments');
  fs.chmodSync(place.folder, 0o755);
  connect('acme', ada);
  fs.chownSync(environments, ada, ada);
});

function connect(name: string, owner: number, rows: Record<string, string> = {}): void {
  const due = {
    ...xero.connectedRows(),
    authorised_user_id: name,
    access_token_expires_at: '',
    tenant_id: `of-${name}`,
  };
  place.write(name, xero.environment('web', name, { ...due, ...rows }));
  fs.chownSync(place.fileOf(name), owner, owner);
}

/** The owners of all that is in a folder, `.evergrant` and what is in it included. */
function ownersIn(folder: string): number[] {
  const owners = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => {
    return fs.lstatSync(path.join(folder, file)).uid;
  });
  return [...new Set(owners)].toSorted();
}

function outcomes({ stdout }: Result): string[] {
  const { results } = JSON.parse(stdout) as { results: { environment: string; outcome: string }[] };
  return results.map(({ environment, outcome }) => `${environment} ${outcome}`);
}

test('root starts the program as the folder’s owner, with an order that no hook or command inherits', async () => {
  const preload = path.join(place.folder, 'root.js');
  fs.writeFileSync(preload, `if (!process.env.EVERGRANT_ROOT_ORDER) process.getuid = () => 0;`);
  const script = `console.log(JSON.stringify([process.getuid(), Object.keys(process.env).filter((name) => /ROOT/.test(name))]))`;
  const args = ['exec', 'acme', '--', process.execPath, '-e', script];
  const { code, stdout } = await startProgram(place.folder, args, { preload }).ended;
  expect([code, stdout]).toEqual([0, `[${ada},[]]\n`]);
});

// What follows starts programs as other users, which root alone can; `.ci/run` is root.
describe.runIf(isRoot)('root over a user’s folder', () => {
  test('works as that user: everything that is made is his, and he can go on himself', async () => {
    expect(await place.run(['refresh', 'acme', '--force'])).toMatchObject({ code: 0, stderr: '' });
    expect(ownersIn(environments)).toEqual([ada]);
    const again = await startProgram(place.folder, ['refresh', 'acme', '--force'], { uid: ada }).ended;
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(place.rows('acme')).toMatchObject({ generation: '3' });
  });

  test('gives a new environment to the folder’s owner', async () => {
    expect(await place.run(['init', 'second', '--app-type', 'web'])).toMatchObject({ code: 0 });
    fs.writeFileSync(path.join(place.folder, 'export.json'), xero.environment('web', 'third', xero.connectedRows()));
    expect(await place.run(['adopt', 'third', 'export.json'])).toMatchObject({ code: 0 });
    expect([fs.statSync(place.fileOf('second')).uid, modeOf(place.fileOf('second'))]).toEqual([ada, 0o600]);
    expect(ownersIn(environments)).toEqual([ada]);
  });

  test('runs a command with that user’s ids, home and no group of root’s', async () => {
    fs.chownSync(environments, nobody, nobody);
    fs.chownSync(place.fileOf('acme'), nobody, nobody);
    const [, , , gid, , home] = execFileSync('getent', ['passwd', String(nobody)], { encoding: 'utf8' })
      .trim()
      .split(':');
    const script = `console.log(JSON.stringify([process.getuid(), process.getgid(), process.getgroups(), process.env.HOME,
      Object.keys(process.env).filter((name) => /^(SUDO|XDG|EVERGRANT)_/.test(name))]))`;
    const variables = { SUDO_UID: '1', XDG_STATE_HOME: '/var/empty/state' };
    const { stdout } = await place.run(['exec', 'acme', '--', process.execPath, '-e', script], { variables });
    expect(JSON.parse(stdout)).toEqual([nobody, Number(gid), [Number(gid)], home, []]);
  });

  test.each<[string, (target: string) => void]>([
    ['.evergrant', (target) => fs.symlinkSync(path.dirname(target), path.join(environments, '.evergrant'))],
    ['the environment’s own folder', (target) => plant('acme.postman_environment.json', path.dirname(target))],
    ['the lock', (target) => plant('acme.postman_environment.json/lock', target)],
    ['the log', (target) => plant('log.jsonl', target)],
    ['.gitignore', (target) => plant('.gitignore', target)],
    ['a generation', (target) => plant('acme.postman_environment.json/generation-2.json', target)],
    ['what was told', (target) => plant('acme.postman_environment.json/told', target)],
    ['the recovery file', (target) => fs.symlinkSync(target, beside('recovery'))],
    ['the old temporary file', (target) => fs.symlinkSync(target, beside('tmp'))],
    ['the old room', (target) => fs.symlinkSync(target, beside('next'))],
  ])('neither writes behind a link at %s nor gives away what it leads to', async (_, planted) => {
    const secrets = fs.mkdtempSync(path.join(place.folder, 'roots-'));
    const target = path.join(secrets, 'target');
    fs.writeFileSync(target, 'root’s own', { mode: 0o600 });
    planted(target);
    await place.run(['refresh', 'acme', '--force', '--on-refreshed', 'true']);
    expect(fs.readdirSync(secrets)).toEqual(['target']);
    expect([fs.readFileSync(target, 'utf8'), fs.statSync(target).uid, modeOf(target)]).toEqual([
      'root’s own',
      0,
      0o600,
    ]);
  });

  test('is shown nothing through a link in the place of an environment', async () => {
    const target = path.join(fs.mkdtempSync(path.join(place.folder, 'roots-')), 'secret.json');
    fs.writeFileSync(target, xero.environment('web', 'roots', { tenant_name: 'The secret firm' }), { mode: 0o600 });
    fs.symlinkSync(target, place.fileOf('stolen'));
    fs.lchownSync(place.fileOf('stolen'), ada, ada);
    for (const command of ['status', 'doctor']) {
      expect(JSON.stringify(await place.run([command]))).not.toContain('The secret firm');
    }
  });

  test('passes signals on, and ends as the command ends', async () => {
    const script = `process.on('SIGTERM', () => process.exit(5)); console.log('ready'); setInterval(() => {}, 1000)`;
    const running = startProgram(place.folder, ['exec', 'acme', '--', process.execPath, '-e', script]);
    expect(await firstLineOf(running)).toBe('ready');
    running.signal('SIGTERM');
    expect((await running.ended).code).toBe(5);
  });

  test('writes what it was asked to write for itself, and reports belong to the user', async () => {
    const own = path.join(place.folder, 'own');
    fs.mkdirSync(own, { mode: 0o700 });
    const [page, metrics, report] = ['status.html', 'evergrant.prom', 'reports'].map((name) => path.join(own, name));
    const status = await place.run(['status', '--html', `${page}`, '--metrics', `${metrics}`]);
    expect(status).toMatchObject({ code: 0, stderr: '' });
    expect(fs.readFileSync(`${page}`, 'utf8')).toContain('acme');
    expect(fs.readFileSync(`${metrics}`, 'utf8')).toContain('environment="acme"');
    expect(ownersIn(own)).toEqual([0]);
    fs.chmodSync(own, 0o755);
    expect(await place.run(['refresh', 'acme', '--force', '--report', `${report}`])).toMatchObject({ code: 0 });
    expect([fs.statSync(`${report}`).uid, ownersIn(`${report}`)]).toEqual([ada, [ada]]);
  });

  test('does not give away a folder that is there', async () => {
    const report = path.join(place.folder, 'reports');
    fs.mkdirSync(report);
    const { code, stderr } = await place.run(['refresh', 'acme', '--force', '--report', report]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(`sudo chown ${ada} ${report}`)]);
    expect(fs.statSync(report).uid).toBe(0);
  });

  test('passes on what its own .env says, which is out of that user’s reach', async () => {
    const rows = place.rows('acme');
    connect('acme', ada, { ...rows, client_secret: '' });
    fs.writeFileSync(path.join(place.folder, '.env'), `XERO_CLIENT_SECRET='${rows['client_secret']}'\n`, {
      mode: 0o600,
    });
    expect(await place.run(['refresh', 'acme', '--force'])).toMatchObject({ code: 0, stderr: '' });
  });

  test('says what to run where that user can’t reach the program', async () => {
    const node = path.join(fs.mkdtempSync(path.join(place.folder, 'roots-')), 'node');
    fs.copyFileSync(process.execPath, node);
    const args = [path.join(projectFolder(), 'dist/cli.js'), 'refresh', 'acme', '--force'];
    const run = (): string => execFileSync(node, args, { cwd: place.folder, encoding: 'utf8', stdio: 'pipe' });
    expect(run).toThrow(
      expect.objectContaining({
        status: 2,
        stderr: expect.stringMatching(/out of that user's reach[^]*sudo -u '#54321'/),
      }),
    );
    expect(ownersIn(environments)).toEqual([ada]);
  });
});

function plant(name: string, target: string): void {
  const folders =
    path.dirname(name) === '.' ? ['.evergrant'] : ['.evergrant', path.join('.evergrant', path.dirname(name))];
  for (const folder of folders) {
    fs.mkdirSync(path.join(environments, folder));
    fs.chownSync(path.join(environments, folder), ada, ada);
  }
  const link = path.join(environments, '.evergrant', name);
  fs.symlinkSync(target, link);
  fs.lchownSync(link, ada, ada);
}

function beside(ending: string): string {
  return path.join(environments, `.acme.postman_environment.json.${ending}`);
}

describe.runIf(isRoot)('root over the environments of several users', () => {
  /** Root's folder has links into the folders of its users, and an environment of its own. */
  beforeEach(() => {
    fs.chownSync(environments, 0, 0);
    giveTo('acme', ada);
    connect('birch', bob);
    giveTo('birch', bob);
    connect('cedar', 0);
  });

  function giveTo(name: string, owner: number): void {
    const folder = path.join(place.folder, name);
    const file = path.join(folder, path.basename(place.fileOf(name)));
    fs.mkdirSync(folder);
    fs.renameSync(place.fileOf(name), file);
    for (const one of [folder, file]) fs.chownSync(one, owner, owner);
    fs.symlinkSync(file, place.fileOf(name));
  }

  test('runs once for each, and puts their results together in the order that was asked for', async () => {
    const done = await place.run(['refresh', 'cedar', 'birch', 'acme', '--json']);
    expect(outcomes(done)).toEqual(['cedar refreshed', 'birch refreshed', 'acme refreshed']);
    expect(done.code).toBe(0);
    expect([ownersIn(path.join(place.folder, 'acme')), ownersIn(path.join(place.folder, 'birch'))]).toEqual([
      [ada],
      [bob],
    ]);
    expect(fs.statSync(place.fileOf('cedar')).uid).toBe(0);
  });

  test('leaves nobody’s environments to another with --all', async () => {
    const done = await place.run(['refresh', '--all', '--no-jitter', '--json']);
    expect(outcomes(done)).toEqual(['acme refreshed', 'birch refreshed', 'cedar refreshed']);
    const { environments: rows } = JSON.parse((await place.run(['status', '--json'])).stdout) as {
      environments: { environment: string }[];
    };
    expect(rows.map(({ environment }) => environment)).toEqual(['acme', 'birch', 'cedar']);
  });

  test('exits with the worst of their codes', async () => {
    const file = fs.realpathSync(place.fileOf('birch'));
    fs.writeFileSync(
      file,
      xero.environment('web', 'birch', { ...place.rows('birch'), grant_status: 'consent_needed' }),
    );
    expect((await place.run(['refresh', '--all', '--no-jitter'])).code).toBe(3);
  });

  test('refuses what can be done as one user only', async () => {
    const { code, stderr } = await place.run(['status', '--html', 'status.html']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('belong to several users (#54321, #54322, #0)')]);
  });

  test('works itself in a folder where nobody else can put anything, and leaves a file to its owner', async () => {
    fs.chownSync(place.fileOf('cedar'), ada, ada);
    expect(await place.run(['refresh', 'cedar', '--force'])).toMatchObject({ code: 0, stderr: '' });
    expect(fs.statSync(place.fileOf('cedar')).uid).toBe(ada);
  });
});

describe.runIf(isRoot)('what an older run as root has left behind', () => {
  test.each<[string, string]>([
    ['the lock', '.evergrant/acme.postman_environment.json/lock'],
    ['the environment’s own folder', '.evergrant/acme.postman_environment.json'],
    ['.evergrant', '.evergrant'],
  ])('is named where it is in the way: %s', async (_, left) => {
    await place.run(['refresh', 'acme', '--force']);
    const inTheWay = path.join(environments, left);
    fs.chownSync(inTheWay, 0, 0);
    fs.chmodSync(inTheWay, fs.statSync(inTheWay).isDirectory() ? 0o700 : 0o600);
    const { code, stderr } = await place.run(['refresh', 'acme', '--force']);
    expect([code, stderr]).toEqual([2, expect.stringContaining(`sudo chown -R ${ada}: ${inTheWay}`)]);
    expect(await place.run(['restore', 'acme'])).toMatchObject({ code: 2, stderr: expect.stringContaining(inTheWay) });
  });
});

test('the worst code of several runs is by severity, and a signal is worst', () => {
  expect([
    worstOf([0, 5, 3]),
    worstOf([4, 2, 0]),
    worstOf([7, 6]),
    worstOf([1, 6]),
    worstOf([0, 143, 1]),
    worstOf([0, 0]),
  ]).toEqual([3, 2, 6, 1, 143, 0]);
});

test('the documents of several runs become one', () => {
  const one = { environments: [{ environment: 'b' }], general: ['x'] };
  const two = { environments: [{ environment: 'a' }], general: [] };
  expect(mergeDocuments([JSON.stringify(one), '', JSON.stringify(two)], ['a', 'b'])).toEqual({
    environments: [{ environment: 'a' }, { environment: 'b' }],
    general: ['x'],
  });
});
