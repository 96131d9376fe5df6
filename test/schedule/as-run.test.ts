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
import { makeWorkplace, type Workplace } from '../support/program';
import { isWithout } from '../support/system-tools';
import { hostileName, jobOf, plainPlace, servingOf } from './places';

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
