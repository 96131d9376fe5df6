import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { makeWorkplace, runProgram, type Workplace } from '../support/program';
import { projectFolder } from '../support/project';
import { isWithout } from '../support/system-tools';

const schedulers = ['cron', 'systemd', 'kubernetes', 'windows'];
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

  test.each([':/CANARY', ':77/CANARY', ':77#CANARY', ':ab@CANARY/word'])(
    'a password in --store that is not encoded is never told: %s',
    async (login) => {
      const store = ['--store', `postgres://ann${login}@localhost/books`];
      const refused = await place.run([...store, 'schedule', 'cron']);
      const hinted = await place.run([...store, 'store', 'import']);
      expect([refused, hinted]).toMatchObject([
        { code: 2, stdout: '' },
        { code: 2, stdout: '' },
      ]);
      expect(refused.stderr + hinted.stderr).not.toMatch(/CANARY|77/);
    },
  );

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

  test('installs what it has written from where that is', async () => {
    const cron = await place.run(['schedule', 'cron', '--write', 'my units']);
    expect(cron.stderr).toContain("; cat 'my units/evergrant.crontab')");
    const systemd = await place.run(['schedule', 'systemd', '--write', 'my units']);
    expect(systemd.stderr).toContain("sudo cp 'my units/evergrant.service' 'my units/evergrant.timer' /etc/");
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

  test.skipIf(isWithout('getent'))('makes no user who is there already', async () => {
    for (const more of [[], ['--serve']]) {
      const said = async (user: string): Promise<string> =>
        (await place.run(['schedule', 'systemd', ...more, '--user', user])).stderr;
      expect(await said(os.userInfo().username)).not.toContain('useradd');
      expect(await said('nobody-of-that-name')).toContain('sudo useradd --system');
    }
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
