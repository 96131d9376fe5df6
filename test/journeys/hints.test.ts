import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { isRoot, makeFolder, nobody } from '../environment/files/children';
import { projectFolder } from '../support/project';

const project = projectFolder();
const launcher = path.join(project, 'scripts/package/evergrant.js');

/** The folder that the shell is in, the environments' folder as it stands in a command, and programs on the PATH. */
let here: string;
const environments = 'my environments';
let programs: string;

beforeEach(() => {
  here = makeFolder();
  programs = path.join(here, 'bin');
  fs.mkdirSync(programs);
  fs.mkdirSync(path.join(here, environments));
  fs.chmodSync(here, 0o755);
});

interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function shell(line: string, cwd = here): Said {
  const { PATH = '' } = process.env;
  const variables = { npm_config_offline: 'true', npm_config_update_notifier: 'false' };
  const env = { PATH: `${programs}:${PATH}`, HOME: here, USER: 'ada', ...variables };
  const { status: code, stdout, stderr } = spawnSync('sh', ['-c', line], { cwd, env, encoding: 'utf8' });
  return { code, stdout, stderr };
}

/** The command that the refusal of a command names. */
function hintOf(line: string, cwd?: string): string {
  const { code, stderr } = shell(line, cwd);
  const [, hint] = /^evergrant: there is no environment nobody .*\n {2}→ make it: (.*)\n$/m.exec(stderr) ?? [];
  if (code !== 2 || hint === undefined) throw new Error(`${line} ended with ${code}: ${stderr}`);
  return hint;
}

/** Stands in for sudo, which few machines have that run tests: it sets what sudo sets, and takes away what sudo takes. */
const sudo = `#!/bin/sh
shift
user=$1
shift
[ "$(id -u)" != 0 ] || as="setpriv --reuid=${nobody} --regid=${nobody} --clear-groups"
exec $as env -u EVERGRANT_ENVIRONMENTS SUDO_UID=4711 USER="$user" SUDO_COMMAND="/usr/bin/$*" "$@"
`;

describe('the hint of a program started', () => {
  test.each<[string, string, string]>([
    ['by its full path', `${launcher} `, `${launcher} init nobody`],
    [
      'by Node.js',
      `node ${path.join(project, 'dist/cli.js')} `,
      `node ${path.join(project, 'dist/cli.js')} init nobody`,
    ],
    ['from the PATH', 'evergrant ', 'evergrant init nobody'],
    [
      'from a path with blanks',
      `'./my programs/evergrant/scripts/package/evergrant.js' `,
      `'HERE/my programs/evergrant/scripts/package/evergrant.js' init nobody`,
    ],
    [
      'with a folder of environments',
      `evergrant --environments '${environments}' `,
      `evergrant --environments 'HERE/${environments}' init nobody`,
    ],
    [
      'with a folder in a variable, which the next command of this shell has, too',
      `EVERGRANT_ENVIRONMENTS='${environments}' evergrant `,
      'evergrant init nobody',
    ],
    ['by sudo', 'sudo -u eve evergrant ', 'sudo -u eve evergrant init nobody'],
    [
      'by sudo with a variable that sudo does not pass on',
      `sudo -u eve env EVERGRANT_ENVIRONMENTS='${environments}' evergrant `,
      `sudo -u eve evergrant --environments 'HERE/${environments}' init nobody`,
    ],
  ])('%s starts it in the same way, and runs as it stands', (_, start, expected) => {
    if (/(^| )evergrant /.test(start)) fs.symlinkSync(launcher, path.join(programs, 'evergrant'));
    fs.writeFileSync(path.join(programs, 'sudo'), sudo, { mode: 0o755 });
    fs.mkdirSync(path.join(here, 'my programs'));
    fs.symlinkSync(project, path.join(here, 'my programs/evergrant'));
    const hint = hintOf(`${start}refresh nobody`);
    expect(hint).toBe(expected.replace('HERE', here));
    expect(shell(`${hint} --help`)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Usage: evergrant init'),
    });
  });

  test.each([
    ['by npx', 'npx evergrant'],
    ['by a script of npm', 'npm run --silent refresh --'],
  ])('%s in the project is npx’s, which finds this very program there', (_, start) => {
    const folder = path.resolve('.');
    const line = start.startsWith('npm') ? `${start} nobody` : `${start} refresh nobody`;
    const hint = hintOf(line, folder);
    expect(hint).toBe('npx evergrant init nobody');
    expect(shell(`${hint} --help`, folder)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('npx evergrant init acme --app-type web'),
    });
  });

  test('by npm from another folder never makes npx fetch another package', () => {
    const hint = hintOf(`npm run --silent --prefix ${path.resolve('.')} refresh -- nobody`);
    expect(hint).toBe(`${path.resolve(launcherHere)} --environments ${path.resolve('environments')} init nobody`);
  });
});

const launcherHere = 'scripts/package/evergrant.js';

test('what a hint makes is where its program looks', () => {
  const start = `${launcher} --environments '${environments}'`;
  const hint = hintOf(`${start} refresh nobody`);
  expect(shell(hint)).toMatchObject({ code: 0 });
  expect(shell(`${start} status nobody`, here)).toMatchObject({ code: 0 });
});

test('a hint in JSON stays JSON, whatever the folder is called', () => {
  const folder = `${environments} "\\`;
  fs.mkdirSync(path.join(here, folder));
  const { stdout } = shell(`${launcher} --environments '${folder}' refresh nobody --json`);
  const { results } = JSON.parse(stdout) as { results: { error: { hint: string } }[] };
  expect(results[0]?.error.hint).toBe(`make it: ${launcher} --environments '${here}/${folder}' init nobody`);
});

test.runIf(isRoot)('root’s hint for an owner’s environment begins with sudo and that owner', () => {
  fs.writeFileSync(path.join(programs, 'sudo'), sudo, { mode: 0o755 });
  fs.chownSync(path.join(here, environments), 54_321, 54_321);
  const hint = hintOf(`${launcher} --environments '${environments}' refresh nobody`);
  expect(hint).toBe(`sudo -u '#54321' ${launcher} --environments '${here}/${environments}' init nobody`);
  expect(shell(`${hint} --help`)).toMatchObject({ code: 0 });
});
