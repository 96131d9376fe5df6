import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { containerfileUnits } from '../../scripts/schedule/containerfile';
import { isRoot, makeFolder, nobody } from '../environment/files/children';
import { startSandboxProcess, type SandboxProcess } from '../support/sandbox';
import { startProgram } from '../support/running';
import { installOffline, packedFile, tellStory, type Installed } from './installed';

const { satisfies } = require('semver') as { satisfies(version: string, range: string): boolean }; // it has no types

let file: string | undefined;
const packed = (): string => (file ??= packedFile());
let installed: Installed;
let sandbox: SandboxProcess;

beforeAll(async () => {
  installed = installOffline(packed());
  execFileSync('chmod', ['-R', 'a-w', installed.folder]);
  sandbox = await startSandboxProcess();
});
afterAll(async () => {
  await sandbox.stop();
  execFileSync('chmod', ['-R', 'u+w', installed.folder]);
});

/** A folder of a user's, with mode 0700. */
function folderOf(uid: number | undefined): string {
  const folder = makeFolder();
  fs.chmodSync(path.dirname(folder), 0o755);
  if (uid !== undefined) fs.chownSync(folder, uid, uid);
  return folder;
}

describe('the packed program, read-only and without packages for development, from any folder', () => {
  const [ordinary, unknown] = isRoot ? [nobody, 54_321] : [undefined, undefined];

  test('keeps a connection of an ordinary user in a home that is closed to others', async () => {
    const home = folderOf(ordinary);
    const environments = path.join(home, '.local/share/evergrant');
    const person = { home, environments, isNamed: false, ...(ordinary === undefined ? {} : { uid: ordinary }) };
    expect(await tellStory(installed, person, sandbox)).toMatch(/^ey/);
    expect(fs.statSync(environments).mode & 0o777).toBe(0o700);
  });

  test('keeps a connection of a user without a home', async () => {
    const environments = folderOf(unknown);
    const person = { home: undefined, environments, isNamed: true, ...(unknown === undefined ? {} : { uid: unknown }) };
    expect(await tellStory(installed, person, sandbox)).toMatch(/^ey/);
  });

  test.runIf(isRoot)('keeps a connection of root', async () => {
    const home = folderOf(undefined);
    expect(await tellStory(installed, { home, environments: home, isNamed: true }, sandbox)).toMatch(/^ey/);
  });
});

test('Newman is the one of this project, with its faults mended, wherever it is installed', () => {
  const { overrides } = JSON.parse(fs.readFileSync('package.json', 'utf8')) as { overrides: Record<string, unknown> };
  const names = Object.entries(overrides).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  const files = fs.readdirSync(path.join(installed.folder, 'node_modules'), { recursive: true, encoding: 'utf8' });
  const copies = files.flatMap((file) => {
    const [, name = ''] = /(?:^|node_modules\/)([\w-]+)\/package\.json$/.exec(file) ?? [];
    const wanted = names.find(([one]) => one === name)?.[1];
    if (wanted === undefined) return [];
    const text = fs.readFileSync(path.join(installed.folder, 'node_modules', file), 'utf8');
    return [{ file, version: (JSON.parse(text) as { version?: string }).version ?? '', wanted }];
  });
  expect(copies.length).toBeGreaterThan(3);
  const isMended = (version: string, wanted: string): boolean => wanted.startsWith('$') || satisfies(version, wanted);
  expect(copies.filter(({ version, wanted }) => !isMended(version, wanted))).toEqual([]);
});

test('the steps of the image’s recipe make a program that runs read-only, as a user without a name', async () => {
  const root = makeFolder();
  fs.chmodSync(root, 0o755);
  const modules = path.join(root, 'usr/local/lib/node_modules');
  fs.mkdirSync(path.dirname(modules), { recursive: true });
  fs.mkdirSync(path.join(root, 'usr/local/bin'));
  execFileSync('cp', ['-a', path.dirname(installed.folder), modules]); // what npm install --global has put there
  execFileSync('chmod', ['-R', 'u+w', modules]);
  const text = containerfileUnits('0.1.0').files[0]?.text ?? '';
  const steps = [...text.matchAll(/^RUN (.+)$/gm)].map(([, step = '']) => step).filter((step) => !/^npm /.test(step));
  const inRoot = (step: string): string => step.replaceAll(/(?<![\w.])\/(?=usr|var)/g, `${root}/`);
  const asUser = (step: string): string => (isRoot ? step : step.replace(/-o 1000 -g 1000 /, ''));
  for (const step of steps)
    execFileSync('sh', ['-ec', `umask 022; mkdir -p '${root}/var/lib'; ${asUser(inRoot(step))}`]);
  const addons = fs
    .readdirSync(modules, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.node'));
  expect(addons.filter((file) => !file.includes('/linux-'))).toEqual([]);
  expect(addons.length).toBeGreaterThan(0);
  execFileSync('chmod', ['-R', 'a-w', path.join(root, 'usr')]);
  const environments = path.join(root, 'var/lib/evergrant');
  const own = { folder: path.join(modules, 'evergrant'), program: path.join(root, 'usr/local/bin/evergrant') };
  const person = { home: undefined, environments, isNamed: true, ...(isRoot ? { uid: 1000 } : {}) };
  expect(await tellStory(own, person, sandbox)).toMatch(/^ey/);
  execFileSync('chmod', ['-R', 'u+w', root]);
});

describe('in another project', () => {
  let project: string;

  beforeAll(() => {
    project = makeFolder();
    fs.mkdirSync(path.join(project, 'node_modules'));
    fs.symlinkSync(installed.folder, path.join(project, 'node_modules/evergrant'));
    const use = `const ask: Promise<{ accessToken: string; tenantId: string }> = accessToken('acme', { minValidity: '5m' });
export const failure: typeof Failure = Failure;
export { ask };\n`;
    fs.writeFileSync(path.join(project, 'esm.mts'), `import { accessToken, Failure } from 'evergrant';\n${use}`);
    fs.writeFileSync(
      path.join(project, 'cjs.cts'),
      `import evergrant = require('evergrant');
const { accessToken, Failure } = evergrant;\n${use}`,
    );
  });

  test.each(['node16', 'nodenext'])('its types are those of import and of require, under %s', (kind) => {
    const options = ['--module', kind, '--moduleResolution', kind, '--target', 'es2022', '--strict', '--noEmit'];
    const tsc = path.resolve('node_modules/typescript/bin/tsc');
    const args = [tsc, ...options, 'esm.mts', 'cjs.cts'];
    expect(spawnSync(process.execPath, args, { cwd: project, encoding: 'utf8' })).toMatchObject({
      status: 0,
      stdout: '',
    });
  });

  test.each([
    [
      'import',
      ['--input-type=module', '-e', `import { accessToken } from 'evergrant'; console.log(typeof accessToken)`],
    ],
    ['require', ['-e', `console.log(typeof require('evergrant').accessToken)`]],
  ])('it is loaded by %s', (_, args) => {
    expect(execFileSync(process.execPath, args, { cwd: project, encoding: 'utf8' })).toBe('function\n');
  });
});

describe('while npm replaces the packages', () => {
  test.each([
    ['that every command needs', 'commander', ['status']],
    ['that a refresh needs', 'newman', ['refresh', 'acme', '--force']],
  ])('a run without one %s says so, loses nothing, and the next one goes on', async (_, name, args) => {
    const own = installOffline(packed());
    const environments = folderOf(undefined);
    await tellStory(own, { home: undefined, environments, isNamed: true }, sandbox);
    const run = () =>
      startProgram('/', ['--environments', environments, ...args], { program: own.program, variables: {} }).ended;
    const [place, aside] = [path.join(own.folder, 'node_modules', name), path.join(own.folder, 'aside')];
    fs.renameSync(place, aside);
    const stderr = expect.stringMatching(/^evergrant: .*module.* is missing.*\n {2}→ .*run again.*\n$/);
    expect(await run()).toMatchObject({ code: 4, stderr });
    fs.renameSync(aside, place);
    expect(await run()).toMatchObject({ code: 0, stderr: '' });
  });
});
