import { describe, expect, test } from 'vitest';
import { invocationOf, type Start } from '../../scripts/terminal/invocation';

/** A machine with a checked-out project, a package installed for all, one in another project, and Node.js on the PATH. */
const links: Readonly<Record<string, string>> = {
  '/usr/bin/node': '/usr/bin/node',
  '/opt/node/bin/node': '/opt/node/bin/node',
  ...packageAt('/srv/evergrant'),
  ...packageAt('/srv/my grant'),
  ...packageAt('/usr/lib/node_modules/evergrant'),
  '/usr/bin/evergrant': '/usr/lib/node_modules/evergrant/scripts/package/evergrant.js',
  '/usr/bin/sudo': '/usr/bin/sudo',
  ...packageAt('/app/node_modules/evergrant'),
  '/app': '/app',
  '/app/package.json': '/app/package.json',
  '/app/node_modules/.bin/evergrant': '/app/node_modules/evergrant/scripts/package/evergrant.js',
  '/app/part/package.json': '/app/part/package.json',
  '/other/package.json': '/other/package.json',
};

function packageAt(folder: string): Record<string, string> {
  const files = ['', '/package.json', '/dist/cli.js', '/scripts/package/evergrant.js'];
  return Object.fromEntries(files.map((file) => [folder + file, folder + file]));
}

function invocation(changes: Partial<Start>): string {
  return invocationOf({
    argv: ['/usr/bin/node', '/srv/evergrant/dist/cli.js'],
    variables: { PATH: '/usr/bin:/bin' },
    workingFolder: '/home/ada',
    platform: 'linux',
    userId: 1000,
    packageFolder: '/srv/evergrant',
    environments: { folder: 'environments', source: 'default' },
    realPath: (file) => links[file],
    ...changes,
  });
}

const npm = (initial: string, more = {}): Start['variables'] => ({
  PATH: `${initial}/node_modules/.bin:/usr/bin:/bin`,
  npm_command: 'exec',
  INIT_CWD: initial,
  ...more,
});
const launcher = '/scripts/package/evergrant.js';
const [installed, inApp] = ['/usr/lib/node_modules/evergrant', '/app/node_modules/evergrant'];

describe('the program is', () => {
  test.each<[string, string, Partial<Start>]>([
    [
      'npx evergrant in its own project',
      'npx evergrant',
      { variables: npm('/srv/evergrant'), workingFolder: '/srv/evergrant' },
    ],
    [
      'npx evergrant for an npm script of its own, which runs the sources',
      'npx evergrant',
      {
        argv: ['/usr/bin/node', '/srv/evergrant/scripts/cli.ts'],
        variables: npm('/srv/evergrant', { npm_command: 'run-script' }),
        workingFolder: '/srv/evergrant',
      },
    ],
    [
      'npx evergrant in a project that has it installed',
      'npx evergrant',
      { packageFolder: inApp, variables: npm('/app'), workingFolder: '/app' },
    ],
    [
      'npx evergrant below a project that has it installed',
      'npx evergrant',
      { packageFolder: inApp, variables: npm('/app/part/deep'), workingFolder: '/app/part/deep' },
    ],
    [
      'its full path where npx would fetch another package',
      '/srv/evergrant/scripts/package/evergrant.js',
      { argv: ['/usr/bin/node', `/srv/evergrant${launcher}`], variables: npm('/other'), workingFolder: '/other' },
    ],
    [
      'evergrant where the PATH leads to it',
      'evergrant',
      { argv: ['/usr/bin/node', '/usr/bin/evergrant'], packageFolder: installed },
    ],
    [
      'evergrant where it was started by its file and the PATH leads to it, too',
      'evergrant',
      { argv: ['/usr/bin/node', `${installed}/dist/cli.js`], packageFolder: installed },
    ],
    ['its full path where the PATH leads to another evergrant', 'node /srv/evergrant/dist/cli.js', {}],
    [
      'the path of the launcher that was started',
      "'/srv/my grant/scripts/package/evergrant.js'",
      { argv: ['/usr/bin/node', `/srv/my grant${launcher}`], packageFolder: '/srv/my grant' },
    ],
    [
      'the full path of Node.js where the PATH has another one, or none',
      "/opt/node/bin/node '/srv/my grant/dist/cli.js'",
      { argv: ['/opt/node/bin/node', '/srv/my grant/dist/cli.js'], packageFolder: '/srv/my grant', variables: {} },
    ],
    [
      'the launcher where the sources are run from elsewhere',
      '/srv/evergrant/scripts/package/evergrant.js --environments /srv/evergrant/environments',
      {
        argv: ['/usr/bin/node', '/srv/evergrant/scripts/cli.ts'],
        variables: npm('/other', { npm_command: 'run-script' }),
        workingFolder: '/srv/evergrant',
      },
    ],
  ])('%s', (_, expected, changes) => {
    expect(invocation(changes)).toBe(expected);
  });
});

describe('the environments are named', () => {
  const at = { argv: ['/usr/bin/node', '/usr/bin/evergrant'], packageFolder: installed };

  test.each<[string, string, Partial<Start>]>([
    [
      'where a flag named them',
      "evergrant --environments '/home/ada/my customers'",
      { environments: { folder: 'my customers', source: 'flag' } },
    ],
    [
      'by their full path',
      'evergrant --environments /srv/data',
      { environments: { folder: '/srv/data', source: 'flag' } },
    ],
    [
      'never where the variable of this shell does',
      'evergrant',
      { environments: { folder: '/srv/data', source: 'variable' } },
    ],
    [
      'never where they are found without',
      'evergrant',
      { environments: { folder: '/var/lib/evergrant', source: 'default' } },
    ],
  ])('%s', (_, expected, changes) => {
    expect(invocation({ ...at, ...changes })).toBe(expected);
  });
});

describe('sudo comes first', () => {
  const ran = (command: string, user: string): Start['variables'] => ({
    PATH: '/usr/bin',
    SUDO_UID: '500',
    SUDO_COMMAND: command,
    USER: user,
  });
  const at = { argv: ['/usr/bin/node', '/usr/bin/evergrant'], packageFolder: installed };

  test.each<[string, string, Partial<Start>]>([
    [
      'with the user as whom it ran this',
      'sudo -u eve evergrant',
      { variables: ran('/usr/bin/evergrant status', 'eve') },
    ],
    [
      'where it ran the compiled program',
      'sudo -u eve evergrant',
      { variables: ran(`/usr/bin/node ${installed}/dist/cli.js status`, 'eve') },
    ],
    ['for root', 'sudo evergrant', { variables: ran('/usr/bin/evergrant status', 'root'), userId: 0 }],
    ['for a user without a name', "sudo -u '#1000' evergrant", { variables: ran('/usr/bin/evergrant status', '') }],
    ['not in a shell that it opened', 'evergrant', { variables: ran('/bin/bash', 'eve') }],
    [
      'with the folder of the variable that it does not pass on',
      'sudo -u eve evergrant --environments /srv/data',
      { variables: ran('/usr/bin/evergrant status', 'eve'), environments: { folder: '/srv/data', source: 'variable' } },
    ],
    [
      'with the owner whom root stands in for',
      "sudo -u '#54321' evergrant --environments /home/ada/environments",
      { userId: 0, owner: '#54321' },
    ],
    [
      'not where there is none: root stands in again',
      'evergrant --environments /home/ada/environments',
      { userId: 0, owner: 'eve', realPath: (file) => (file === '/usr/bin/sudo' ? undefined : links[file]) },
    ],
  ])('%s', (_, expected, changes) => {
    expect(invocation({ ...at, ...changes })).toBe(expected);
  });
});

describe('on Windows', () => {
  test('the command is the one that npm has made', () => {
    const folder = 'C:\\Program Files\\nodejs';
    const there = [`${folder}\\evergrant.cmd`, `${folder}\\node_modules\\evergrant`];
    const realPath = (file: string): string | undefined => there.find((one) => one === file);
    const changes = {
      platform: 'win32',
      packageFolder: `${folder}\\node_modules\\evergrant`,
      variables: { Path: folder },
    };
    expect(invocation({ ...changes, realPath })).toBe('evergrant');
  });
});
