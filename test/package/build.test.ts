import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { beforeEach, describe, expect, test } from 'vitest';
import { isRoot, makeFolder, nobody } from '../environment/files/children';
import type { Result } from '../support/program';
import { makeSmallProject, resultOf, type SmallProject } from './small-project';

/** The user whose project it isn't: as root, another one; else this one, from whom it is taken away. */
const stranger = isRoot ? nobody : undefined;

let project: SmallProject;

beforeEach(() => {
  project = makeSmallProject();
});

const done = { code: 0, stdout: '', stderr: '' };
const says = (version: string): Result => ({ ...done, stdout: `${version} ${version}\n` });

function lock(): void {
  if (!isRoot) for (const folder of [project.folder, project.dist]) fs.chmodSync(folder, 0o555);
}

/** The program under way, which loads the rest of itself when it is told to. */
async function startTick(): Promise<{ finish: () => Promise<string> }> {
  const child = spawn(process.execPath, [path.join(project.dist, 'cli.js'), 'wait'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  expect((await lines.next()).value).toBe('ready');
  const finish = async (): Promise<string> => {
    child.stdin.end('go on\n');
    const { value } = await lines.next();
    return String(value);
  };
  return { finish };
}

describe('a build', () => {
  test('that is current is left as it is, to the inode, also for a user who may only read it', async () => {
    expect(await project.build()).toEqual(done);
    const before = project.look();
    lock();
    expect(await project.build()).toEqual(done);
    expect(await project.build({ uid: stranger })).toEqual(done);
    expect(project.look()).toEqual(before);
  });

  test('is executable, whatever the umask', async () => {
    const umask = process.umask(0o077);
    await project.build();
    process.umask(umask);
    expect(fs.statSync(path.join(project.dist, 'cli.js')).mode & 0o777).toBe(0o755);
  });

  test('leaves a running program its own modules', async () => {
    await project.build();
    const tick = await startTick();
    project.change('two');
    expect(await project.build()).toEqual(done);
    const next = await startTick();
    expect([await tick.finish(), await next.finish()]).toEqual(['one one', 'two two']);
  });

  test('gives every program that starts meanwhile all of the old build or of the new one', async () => {
    const versions = ['one', 'two', 'three'];
    await project.build();
    let isBuilding = true;
    const ticks: Result[] = [];
    const ticking = async (): Promise<void> => {
      while (isBuilding) ticks.push(await project.run('dist/cli.js'));
    };
    const tickers = [ticking(), ticking()];
    for (const version of versions) {
      project.change(version);
      expect(await Promise.all([project.build(), project.build(), project.build()])).toEqual([done, done, done]);
    }
    isBuilding = false;
    await Promise.all(tickers);
    for (const tick of ticks) expect(versions.map(says)).toContainEqual(tick);
    expect(new Set(ticks.map(({ stdout }) => stdout)).size).toBeGreaterThan(1);
    expect(await project.run('dist/cli.js')).toEqual(says('three'));
    expect(fs.readdirSync(project.dist).filter((name) => name.startsWith('.new-'))).toEqual([]);
  });

  test('that is killed leaves the one before', async () => {
    await project.build();
    project.change('two');
    project.write('scripts/wait.ts', '// waits for ever\n');
    const child = spawn(process.execPath, [path.join(project.folder, 'scripts/package/build.js')], { detached: true });
    const half = (): string | undefined => fs.readdirSync(project.dist).find((name) => name.startsWith('.new-'));
    while (!fs.existsSync(path.join(project.dist, half() ?? '', 'wait.js'))) await new Promise(setImmediate);
    process.kill(-(child.pid ?? 0), 'SIGKILL');
    await once(child, 'close');
    expect(await project.run('dist/cli.js')).toEqual(says('one'));
    project.write('scripts/wait.ts', '');
    expect(await project.build()).toEqual(done);
    expect(await project.run('dist/cli.js')).toEqual(says('two'));
  });

  test('of sources that do not compile changes nothing', async () => {
    await project.build();
    project.write('scripts/late.ts', '// does not compile\n');
    expect(await project.build()).toMatchObject({
      code: 1,
      stderr: "evergrant's sources do not compile; dist is as it was\n",
    });
    expect(await project.run('dist/cli.js')).toEqual(says('one'));
  });

  test('that was replaced is kept for a day, and for two more builds', async () => {
    const names: string[] = [];
    for (const version of ['one', 'two', 'three', 'four', 'five']) {
      project.change(version);
      await project.build();
      const [name = ''] = fs
        .readdirSync(project.dist)
        .filter((entry) => /^\w{16}$/.test(entry) && !names.includes(entry));
      const daysAgo = new Date(Date.now() - (10 - names.push(name)) * 86_400_000);
      fs.utimesSync(path.join(project.dist, name), daysAgo, daysAgo);
    }
    project.change('six');
    await project.build();
    const left = fs.readdirSync(project.dist);
    expect(names.map((name) => left.includes(name))).toEqual([false, false, false, true, true]);
  });
});

describe('where nothing can be built', () => {
  const withoutTools = (): void => fs.rmSync(path.join(project.folder, 'node_modules'), { recursive: true });

  test.each([
    ['packages for development', withoutTools, {}, /^evergrant is not built .+: npm ci in \/.+\n$/],
    ['leave to write', lock, { uid: stranger }, /^evergrant is not built .+: whoever owns \/.+ runs npm ci there\n$/],
    [
      'a Node.js that is new enough',
      () => {},
      { nodeArgs: ['--require', oldNode()] },
      /^evergrant needs Node.js 20.19 or later of 20, or 22.12 or later; this is 18.20.8\n$/,
    ],
  ])('for want of %s, one line says so', async (_, take, options, message) => {
    await project.build();
    project.change('two');
    take();
    expect(await project.build(options)).toEqual({ code: 1, stdout: '', stderr: expect.stringMatching(message) });
    expect(await project.run('dist/cli.js')).toEqual(says('one'));
  });

  test('a current build needs no tools', async () => {
    await project.build();
    withoutTools();
    expect(await project.build()).toEqual(done);
  });

  test('npx runs an older build, because it would otherwise fail for ever', async () => {
    await project.build();
    project.change('two');
    withoutTools();
    expect(await project.build({ variables: { npm_command: 'exec' } })).toMatchObject({ code: 0 });
  });
});

describe('the program that npm installs', () => {
  const launcher = 'scripts/package/evergrant.js';

  test('is executable as it is committed', () => {
    expect(fs.statSync(launcher).mode & 0o111).toBe(0o111);
  });

  test('says in one line that nothing is built', async () => {
    const stderr = `evergrant is not built\n  → build it: npm ci in ${project.folder}\n`;
    expect(await project.run(launcher)).toEqual({ code: 2, stdout: '', stderr });
  });

  test.each([launcher, 'dist/cli.js'])('as %s says in one line that Node.js is too old', async (program) => {
    await project.build();
    const nodeArgs = ['--require', oldNode()];
    const stderr = 'evergrant needs Node.js 20.19 or later of 20, or 22.12 or later; this is 18.20.8\n';
    expect(await project.run(program, { nodeArgs })).toEqual({ code: 2, stdout: '', stderr });
  });

  test('knows the floor that package.json names', () => {
    const { engines } = JSON.parse(fs.readFileSync('package.json', 'utf8')) as { engines: { node: string } };
    const { problemOf } = require('../../scripts/package/node-version.js') as NodeVersion;
    const tooOld = ['0.10.48', '18.20.8', '20.18.3', '21.7.3', '22.0.0', '22.11.0'];
    const versions = [...tooOld, '20.19.0', '20.20.2', '22.12.0', '23.0.0', '26.1.0'];
    const taken = versions.filter((version) => problemOf(version) === undefined);
    expect(taken).toEqual(versions.slice(tooOld.length));
    expect(engines.node).toBe('^20.19 || >=22.12');
  });
});

interface NodeVersion {
  problemOf(version: string): string | undefined;
}

/** A file that makes Node.js an old one, when it is loaded first. */
function oldNode(): string {
  const file = path.join(makeFolder(), 'old-node.js');
  fs.writeFileSync(file, `Object.defineProperty(process.versions, 'node', { value: '18.20.8' });\n`);
  return file;
}

describe('npx evergrant', () => {
  /** As the user who may only read the project, where this is root. */
  async function npx(stored: string): Promise<Result> {
    const { PATH = '' } = process.env;
    const child = spawn('npx', ['evergrant'], {
      cwd: project.folder,
      env: { PATH, HOME: stored, npm_config_offline: 'true', npm_config_update_notifier: 'false' },
      ...(stranger === undefined ? {} : { uid: stranger, gid: stranger }),
    });
    return resultOf(child);
  }

  test('runs for a user who may only read the project, the first time and the next, and changes nothing', async () => {
    const stored = makeFolder();
    if (stranger !== undefined) fs.chownSync(stored, stranger, stranger);
    await project.build();
    const before = project.look();
    lock();
    expect([await npx(stored), await npx(stored)]).toEqual([says('one'), says('one')]);
    expect(project.look()).toEqual(before);
  });
});
