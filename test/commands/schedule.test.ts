import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { cronUnits } from '../../scripts/schedule/cron';
import type { Installation } from '../../scripts/schedule/job';
import type { CredentialKind } from '../../scripts/schedule/key-place';
import { systemdUnits } from '../../scripts/schedule/systemd';
import { systemdServeUnits } from '../../scripts/schedule/systemd-serve';
import { hostileName, jobOf, plainPlace, servingOf } from '../schedule/places';
import { makeWorkplace, runProgram, type Workplace } from '../support/program';
import { projectFolder } from '../support/project';
import { isWithout } from '../support/system-tools';

const schedulers = ['cron', 'systemd', 'kubernetes', 'windows'];
const hostileNames = [
  'plain',
  "it's",
  '100%',
  'a\\%b',
  '\\\\%',
  'a "b" $HOME `id`',
  '%h',
  "!'%\\'z",
  'é 日',
  'a:b',
  '#c;d',
];

let place: Workplace;

beforeEach(() => {
  place = makeWorkplace();
});

describe('schedule', () => {
  test.each(schedulers)('%s prints a unit to stdout, and what to do with it to stderr', async (kind) => {
    const { code, stdout, stderr } = await place.run(['schedule', kind]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^( {2}→ .+\n)+$/) });
    expect(stdout).toContain('refresh');
    const project = fs.realpathSync(place.folder);
    const special: Record<string, string> = {
      kubernetes: '/var/lib/evergrant',
      cron: `p=${project} && d="$p"/environments `,
    };
    expect(stdout).toContain(special[kind] ?? path.join(project, 'environments'));
  });

  test('prints the recipe of the image alone, and writes it with what keeps other files out of it', async () => {
    const printed = await place.run(['schedule', 'kubernetes', '--containerfile']);
    expect(printed).toMatchObject({ code: 0, stdout: expect.stringMatching(/^# evergrant .*\nFROM /) });
    expect(printed.stdout).not.toContain('!evergrant');
    await place.run(['schedule', 'kubernetes', '--containerfile', '--write', 'image']);
    const files = ['.containerignore', 'Containerfile', 'Containerfile.dockerignore'];
    expect(fs.readdirSync(path.join(place.folder, 'image')).toSorted()).toEqual(files);
  });

  test('runs where the environments are, if the working folder is nothing to it', async () => {
    const environments = path.join(fs.realpathSync(place.folder), 'environments');
    const elsewhere = fs.mkdtempSync(path.join(place.folder, 'home-'));
    const args = [path.join(projectFolder(), 'dist/cli.js'), '--environments', environments, 'schedule', 'systemd'];
    expect((await runProgram(args, elsewhere, {})).stdout).toContain(`\nWorkingDirectory=${environments}\n`);
    fs.writeFileSync(path.join(elsewhere, '.env'), '');
    expect((await runProgram(args, elsewhere, {})).stdout).toContain(`\nWorkingDirectory=${elsewhere}\n`);
  });

  test.each(schedulers)('%s is the same on every machine over a database, which is told in no unit', async (kind) => {
    const url = 'postgres://worker:CANARY@db.example.com/evergrant';
    const fromVariable = await place.run(['schedule', kind], { variables: { EVERGRANT_STORE: url } });
    fs.writeFileSync(path.join(place.folder, '.env'), `EVERGRANT_STORE=${url}\n`, { mode: 0o600 });
    const fromFile = await place.run(['schedule', kind]);
    expect(fromFile).toEqual(fromVariable);
    expect(fromFile).toMatchObject({ code: 0, stderr: expect.stringContaining('EVERGRANT_STORE=postgres://…') });
    expect(fromFile.stdout + fromFile.stderr).not.toMatch(/CANARY|db\.example/);
    const home = kind === 'windows' ? fs.realpathSync(place.folder) : '/var/lib/evergrant';
    expect(fromFile.stdout).toContain(home);
    expect(fromFile.stdout).not.toContain(`${home}/environments`);
  });

  test.each(schedulers)('%s --sealed says where the key is, and reads none', async (kind) => {
    const keyFile = path.join(fs.realpathSync(place.folder), 'the.key');
    const variables = { EVERGRANT_KEY_FILE: keyFile };
    const { code, stdout, stderr } = await place.run(['schedule', kind, '--sealed'], { variables });
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^( {2}→ .+\n)+$/) });
    expect(stdout + stderr).toMatch(kind === 'kubernetes' ? /secretName: evergrant-key/ : /the\.key/);
    const usual = await place.run(['schedule', kind, '--sealed']);
    expect(usual.stdout + usual.stderr).toMatch(/\/etc\/evergrant\.key|C:\\ProgramData\\evergrant\.key/);
  });

  test('says that sealed secrets need --sealed, unless .env names the key', async () => {
    const keyFile = path.join(place.folder, 'the.key');
    const [schedule, variables] = [['schedule', 'systemd'], { EVERGRANT_KEY_FILE: keyFile }];
    const says = async (...more: string[]): Promise<boolean> =>
      (await place.run([...schedule, ...more], { variables })).stderr.includes('note: secrets are sealed here');
    expect(await says()).toBe(false);
    await place.run(['key', 'init', '--to', keyFile]);
    expect([await says(), await says('--sealed')]).toEqual([true, false]);
    fs.writeFileSync(path.join(place.folder, '.env'), `EVERGRANT_KEY_FILE=${keyFile}\n`, { mode: 0o600 });
    expect((await place.run(schedule)).stderr).not.toContain('note: secrets are sealed here');
  });

  test('--store that names no database is refused', async () => {
    const { code, stdout, stderr } = await place.run(['--store', 'mysql://db/x', 'schedule', 'systemd']);
    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: expect.stringContaining('no URL') });
  });

  test('a folder that was named has what the machine keeps for itself, and may be made later', async () => {
    const args = ['--environments', '/srv/not-yet', '--store', 'postgres://db/evergrant', 'schedule', 'cron'];
    expect((await place.run(args)).stdout).toContain('p=/srv/not-yet && d=/srv/not-yet ');
  });

  test('passes on how this shell reaches Xero', async () => {
    fs.writeFileSync(path.join(place.folder, 'ca.pem'), '');
    const variables = { HTTPS_PROXY: 'http://u:CANARY@proxy:1', NO_PROXY: 'localhost', NODE_EXTRA_CA_CERTS: 'ca.pem' };
    const { stdout, stderr } = await place.run(['schedule', 'systemd'], { variables });
    expect(stdout).toContain('\nEnvironment=NO_PROXY=localhost\n');
    expect(stdout).toContain(`Environment=NODE_EXTRA_CA_CERTS=${fs.realpathSync(place.folder)}/ca.pem`);
    expect(stderr).toContain('HTTPS_PROXY may hold a password');
    expect(stdout + stderr).not.toContain('CANARY');
  });

  test('writes files, and never overwrites one', async () => {
    const args = ['schedule', 'systemd', '--write', 'units'];
    const written = ['units/evergrant.service', 'units/evergrant.timer'];
    expect(await place.run(args)).toMatchObject({ code: 0, stdout: `${written.join('\n')}\n` });
    fs.rmSync(path.join(place.folder, 'units/evergrant.service'));
    expect(await place.run(args)).toMatchObject({ code: 2, stderr: expect.stringContaining('never overwrites') });
    expect(fs.readdirSync(path.join(place.folder, 'units'))).toEqual(['evergrant.timer']);
  });

  test.each(['systemd', 'kubernetes', 'windows'])('%s has a server, too, with and without a database', async (kind) => {
    const all = ['schedule', kind, '--serve', '--refresh', '--callback'];
    for (const url of ['', 'postgres://db.example.com/evergrant']) {
      const { code, stdout, stderr } = await place.run(all, { variables: { EVERGRANT_STORE: url } });
      expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^( {2}→ .+\n)+$/) });
      expect(stdout).toMatch(/serve\b.*--refresh\b.*--callback/);
      expect(stdout + stderr).not.toContain('db.example');
      expect(stderr).toContain('client add NAME');
    }
  });

  test('a server on kubernetes has as many pods as are asked for, where a database keeps them apart', async () => {
    const database = ['--store', 'postgres://db.example.com/evergrant'];
    const serve = ['schedule', 'kubernetes', '--serve'];
    const replicas = (text: string): string | undefined => /\n {2}replicas: (\d+)\n/.exec(text)?.[1];
    expect(replicas((await place.run([...database, ...serve])).stdout)).toBe('2');
    expect(replicas((await place.run([...database, ...serve, '--replicas', '5'])).stdout)).toBe('5');
    expect(replicas((await place.run(serve)).stdout)).toBe('1');
    expect(await place.run([...serve, '--replicas', '2'])).toMatchObject({ code: 2, stdout: '' });
  });

  test('--keep-alive is daily, and says who refreshes access tokens then', async () => {
    const { stdout, stderr } = await place.run(['schedule', 'cron', '--keep-alive']);
    expect(stdout).toMatch(/\n17 3 \* \* \* .+ refresh --all --keep-alive\)/);
    expect(stderr).toMatch(/^note: .+`token` refreshes it/);
  });

  test.each([
    [['anacron'], /"anacron" is no scheduler\n {2}→ there are cron, systemd, kubernetes, windows\n/],
    [['constructor'], /is no scheduler/],
    [['cron', '--every', '7m'], /--every takes minutes that divide an hour/],
    [['cron', '--every', 'often'], /is no duration/],
    [['cron', '--image', 'x'], /--image is for kubernetes/],
    [['cron', '--containerfile'], /--containerfile is for kubernetes/],
    [['systemd', '--maintenance'], /--maintenance is for kubernetes/],
    [['cron', '--user', 'nobody-of-that-name'], /there is no user nobody-of-that-name on this machine/],
    [['cron', '--mailto', 'a b'], /no address for mail/],
    [['cron', '--mailto', 'a@b.example"'], /no address for mail/],
    [['systemd', '--mailto', 'you@example.com'], /--mailto is for cron/],
    [['kubernetes', '--user', 'x'], /--user is for cron, systemd and windows/],
    [['kubernetes', '--image', 'x\ny'], /no name of an image/],
    [['systemd', '--user', 'a b'], /no name of a user/],
    [['windows', '--user', 'a|b'], /no name of a user/],
    [['kubernetes', '--sealed', '--containerfile'], /--sealed is for what runs; no image has a key/],
    [['cron', '--serve'], /--serve is for systemd, kubernetes and windows/],
    [['systemd', '--refresh'], /--refresh is for --serve/],
    [['kubernetes', '--replicas', '2'], /--replicas is for --serve/],
    [['systemd', '--serve', '--replicas', '2'], /--replicas is for kubernetes/],
    [['kubernetes', '--serve', '--replicas', '0'], /--replicas takes a whole number from 1 to 100/],
    [['kubernetes', '--serve', '--group', 'x'], /--group is for systemd/],
    [['systemd', '--serve', '--group', 'a b'], /no name of a group/],
    [['systemd', '--serve', '--every', '1h'], /--every is for the job/],
    [['systemd', '--serve', '--keep-alive'], /--keep-alive is for the job/],
    [['systemd', '--serve', '--mailto', 'you@example.com'], /--mailto is for cron/],
    [['kubernetes', '--serve', '--containerfile'], /--serve is for the server; its image is that of the job/],
  ])('%j is refused in one line', async (args, message) => {
    const { code, stdout, stderr } = await place.run(['schedule', ...args]);
    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(message) });
    expect(stderr).toMatch(/^evergrant: .+\n {2}→ .+\n$/);
  });

  test('a folder of environments that does not exist is refused', async () => {
    const { code, stderr } = await place.run(['--environments', 'nowhere', 'schedule', 'systemd']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('cannot read the folder nowhere') });
  });
});

/** A program in the place of Node.js: notes its folder and arguments, and complains if it is told to. */
const recorder = `#!/bin/sh
{ pwd; printf '%s\\n' "$@"; } > "$RECORD"
printf '%s' "$COMPLAINT" >&2
echo result
eval "$THEN"
`;

/** Folders that are really there, all called so, with the recorder for a Node.js. */
function folders(name: string): Installation {
  const project = path.join(fs.realpathSync(fs.mkdtempSync(path.join(place.folder, 'x'))), name);
  const environments = path.join(project, `e ${name}`);
  fs.mkdirSync(environments, { recursive: true });
  const node = path.join(project, 'node');
  fs.writeFileSync(node, recorder, { mode: 0o755 });
  return { ...plainPlace, node, program: `${project}/cli.js`, code: project, project, environments };
}

/** What cron hands to sh, as its do_command.c reads a line: up to the first percent sign without a backslash. */
function asCronReads(line: string): string {
  let [command, isEscaped] = ['', false];
  for (const char of line) {
    if (!isEscaped && char === '%') break;
    command = isEscaped && char === '%' ? `${command.slice(0, -1)}%` : command + char;
    isEscaped = !isEscaped && char === '\\';
  }
  return command;
}

interface Orders {
  /** What the program complains of. */
  readonly complaint?: string;
  /** What it does then, in words of sh. */
  readonly then?: string;
}

interface Tick {
  readonly code: number | null;
  readonly said: string;
}

function commandOf(installation: Installation): string {
  const line = cronUnits(installation, jobOf('10m')).files[0]?.text.trimEnd().split('\n').at(-1) ?? '';
  return asCronReads(line.split(' ').slice(5).join(' '));
}

const recordFile = (): string => path.join(place.folder, 'record');

function tick(command: string, { complaint = '', then = '' }: Orders = {}): Tick {
  const env = { PATH: '/usr/bin:/bin', RECORD: recordFile(), COMPLAINT: complaint, THEN: then };
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', command], { env, encoding: 'utf8' });
  return { code: status, said: stdout + stderr };
}

function runFromCron(installation: Installation, complaint = ''): { said: string; record: string[] } {
  const { said } = tick(commandOf(installation), { complaint });
  return { said, record: fs.readFileSync(recordFile(), 'utf8').trimEnd().split('\n') };
}

function expectWholeWords(name: string): void {
  const installation = folders(name);
  const { project, program, environments } = installation;
  const words = [project, program, '--environments', environments, 'refresh', '--all'];
  expect(runFromCron(installation)).toEqual({ said: '', record: words });
}

describe.skipIf(process.platform === 'win32')('the line of a crontab', () => {
  test.each(hostileNames)('runs in the right folder with the right arguments when folders are called %s', (name) => {
    expectWholeWords(name);
  });

  test('runs for any names of folders', () => {
    fc.assert(fc.property(hostileName, expectWholeWords), { numRuns: 40 });
  });

  test('prints a failure once, again when it changes, and never prints results', () => {
    const installation = folders('plain');
    const complaints = ['acme needs consent\n', 'acme needs consent\n', 'no answer\n', '', ''];
    const said = complaints.map((complaint) => runFromCron(installation, complaint).said);
    expect(said).toEqual(['acme needs consent\n', '', 'no answer\n', '', '']);
  });

  test.each(['with', 'without'])('ends with the exit code of the refresh, %s the optional programs', (which) => {
    const has = { hasFlock: which === 'with', hasTimeout: which === 'with' };
    const command = commandOf({ ...folders('plain'), ...has });
    const codes = [0, 1, 3, 4].map((code) => tick(command, { complaint: `${code}\n`, then: `exit ${code}` }));
    expect(codes).toEqual([0, 1, 3, 4].map((code) => ({ code, said: `${code}\n` })));
  });

  test('stops a run that does not end, says so once, and lets the next one run', () => {
    const command = commandOf(folders('plain'));
    const hurried = command.replace('timeout -k 60 1800 ', 'timeout -k 1 1 ');
    expect(hurried).not.toBe(command);
    const said = 'evergrant: a run took too long and was stopped\n';
    expect(tick(hurried, { then: 'sleep 600' })).toEqual({ code: 124, said });
    expect(tick(hurried, { then: 'sleep 600' })).toEqual({ code: 124, said: '' });
    expect(tick(hurried, { then: "trap '' TERM; while :; do sleep 1; done" })).toMatchObject({ code: 137 });
    expect(tick(command)).toEqual({ code: 0, said: '' });
  });

  test('says once that another run has had the lock for over an hour', async () => {
    const installation = folders('plain');
    const command = commandOf(installation);
    const lock = path.join(installation.environments, '.evergrant/cron.lock');
    const anHourAgo = (): void => fs.utimesSync(lock, Date.now() / 1000, Date.now() / 1000 - 3700);
    const silent = { code: 0, said: '' };
    expect(tick(command)).toEqual(silent);
    fs.rmSync(recordFile());
    for (const round of ['first', 'second']) {
      const holder = spawn('flock', [lock, '-c', 'echo held; cat'], { stdio: ['pipe', 'pipe', 'ignore'] });
      await once(holder.stdout, 'data');
      expect([round, tick(command)]).toEqual([round, silent]);
      anHourAgo();
      const complaint = { code: 5, said: 'evergrant: a run has held cron.lock for over an hour\n' };
      expect([tick(command), tick(command)]).toEqual([complaint, silent]);
      expect(fs.existsSync(recordFile())).toBe(false);
      holder.stdin.end();
      await once(holder, 'close');
      expect(tick(command)).toEqual(silent);
      fs.rmSync(recordFile());
    }
  });
});

function run(tool: string, args: readonly string[]): { code: number | null; output: string } {
  const { status, stdout, stderr, error } = spawnSync(tool, args, { encoding: 'utf8', timeout: 120_000 });
  if (error !== undefined) throw error;
  return { code: status, output: stdout + stderr };
}

describe.skipIf(isWithout('crontab'))('crontab', () => {
  // Debian's checks with -n, cronie's with -T.
  const check = (file: string): unknown =>
    run('crontab', [run('crontab', ['-h']).output.includes('-T') ? '-T' : '-n', file]);

  test.each(['1m', '10m', '1h', '6h', '1d'])('takes our lines for each %s', async (every) => {
    await place.run(['schedule', 'cron', '--every', every, '--write', 'units']);
    expect(check(path.join(place.folder, 'units/evergrant.crontab'))).toMatchObject({ code: 0 });
  });

  test('refuses a bad line', () => {
    const file = path.join(place.folder, 'nonsense');
    fs.writeFileSync(file, '99 * * * * true\n');
    expect(check(file)).not.toMatchObject({ code: 0 });
  });
});

describe.skipIf(isWithout('systemd-analyze'))('systemd', () => {
  const writeUnits = (installation: Installation): string[] =>
    systemdUnits(installation, jobOf('10m')).files.map(({ name, text }) => {
      const file = path.join(place.folder, name);
      fs.writeFileSync(file, text);
      return file;
    });

  test.each(hostileNames.filter((name) => !name.includes(':')))('finds no fault when folders are called %s', (name) => {
    const installation = folders(name);
    const node = /["'\\]/.test(name) ? process.execPath : installation.node;
    const result = run('systemd-analyze', ['verify', '--man=no', ...writeUnits({ ...installation, node })]);
    expect(result).toEqual({ code: 0, output: '' });
  });

  test('finds the fault where a word is not what it should be', () => {
    const [service = '', timer = ''] = writeUnits(folders('%h'));
    fs.writeFileSync(service, fs.readFileSync(service, 'utf8').replaceAll('%%', '%'));
    expect(run('systemd-analyze', ['verify', '--man=no', service, timer])).not.toEqual({ code: 0, output: '' });
  });

  test('rates the exposure of the service under 1.5 of 10', async () => {
    await place.run(['schedule', 'systemd', '--write', 'units']);
    const service = path.join(place.folder, 'units/evergrant.service');
    expect(
      run('systemd-analyze', ['security', '--offline=true', '--threshold=15', '--no-pager', service]),
    ).toMatchObject({
      code: 0,
    });
  });

  test('finds no fault in the service over a database, and rates it alike', async () => {
    const database = 'postgres://db.example.com/evergrant';
    await place.run(['--store', database, 'schedule', 'systemd', '--write', 'units']);
    const [service = '', timer = ''] = ['service', 'timer'].map((end) =>
      path.join(place.folder, `units/evergrant.${end}`),
    );
    expect(run('systemd-analyze', ['verify', '--man=no', service, timer])).toEqual({ code: 0, output: '' });
    const security = ['security', '--offline=true', '--threshold=15', '--no-pager', service];
    expect(run('systemd-analyze', security)).toMatchObject({ code: 0 });
  });

  test.each<CredentialKind>(['encrypted', 'plain', 'none'])(
    'finds no fault in units that have a key, %s, and rates them alike',
    (credential) => {
      const sealed = { ...folders('100% "b"'), node: process.execPath, key: { file: '/etc/100% a.key', credential } };
      const server = systemdServeUnits(sealed, servingOf({ group: 'root' }));
      const files = [systemdUnits(sealed, jobOf('10m')), server].flatMap((units) => units.files);
      const written = files.map(({ name, text }) => {
        fs.writeFileSync(path.join(place.folder, name), text);
        return path.join(place.folder, name);
      });
      expect(run('systemd-analyze', ['verify', '--man=no', ...written])).toEqual({ code: 0, output: '' });
      for (const service of written.filter((file) => file.endsWith('.service'))) {
        const security = ['security', '--offline=true', '--threshold=15', '--no-pager', service];
        expect(run('systemd-analyze', security)).toMatchObject({ code: 0 });
      }
    },
  );

  test.each([[], ['--store', 'postgres://db.example.com/evergrant']])(
    'finds no fault in a server, %j, and rates it alike',
    async (...store) => {
      await place.run([...store, 'schedule', 'systemd', '--serve', '--refresh', '--group', 'root', '--write', 'units']);
      const [service = '', socket = ''] = ['service', 'socket'].map((end) =>
        path.join(place.folder, `units/evergrant-serve.${end}`),
      );
      expect(run('systemd-analyze', ['verify', '--man=no', service, socket])).toEqual({ code: 0, output: '' });
      const security = ['security', '--offline=true', '--threshold=15', '--no-pager', service];
      expect(run('systemd-analyze', security)).toMatchObject({ code: 0 });
    },
  );

  test.each(['*:0/1', '*:0/10', '0/1:00', '0/6:00', 'daily'])('understands OnCalendar=%s', (event) => {
    expect(run('systemd-analyze', ['calendar', event])).toMatchObject({ code: 0 });
  });
});
