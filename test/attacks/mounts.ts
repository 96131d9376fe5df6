import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { projectFolder } from '../support/project';
import { startProgram } from '../support/running';
import { emptyResult, unlessRoot, type Attack, type AttackResult } from './attack';
import { chosen, connected, countLeaks, countLost, expectThat, inArena, type Arena } from './support/arena';
import { giveTo, nobody } from './support/users';

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program, after a shell script, where mounts are nobody else's. `$1` is the environment's file, `$2` its folder. */
function runBehind({ place }: Arena, script: string, args: readonly string[]): Promise<Ended> {
  const file = place.fileOf('acme');
  const program = [process.execPath, path.join(projectFolder(), 'dist/cli.js'), ...args];
  const shell = `set -e; ${script}; shift 2; exec "$@"`;
  const { PATH = '' } = process.env;
  const child = spawn('unshare', ['-m', 'sh', '-c', shell, 'sh', file, path.dirname(file), ...program], {
    cwd: place.folder,
    env: { PATH, HOME: place.folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, ...said })));
}

function withoutMounts(): string | undefined {
  const reason = unlessRoot();
  if (reason !== undefined) return reason;
  const tried = spawnSync('unshare', ['-m', 'sh', '-c', 'mount -t tmpfs attack /mnt']);
  return tried.status === 0 ? undefined : 'it needs to be allowed to mount';
}

/** Nothing is spent that could not be saved: either a new token is in the file, or the old one was never sent. */
function judge(
  result: AttackResult,
  arena: Arena,
  { code, stdout, stderr }: Ended,
  spentBefore: number,
  what: string,
): void {
  result.tried += 1;
  const isSpent = arena.xero.redemptions() > spentBefore;
  expectThat(result, code === 0 || !isSpent, `${what}: spent, and ends with ${code}: ${stderr.trim()}`);
  expectThat(result, code !== 1 && code !== 6 && code !== null, `${what} ends with ${code}: ${stderr.trim()}`);
  countLeaks(result, stdout + stderr, arena, what);
  countLost(result, arena, 'acme', what);
}

/** How it is with the file when the run begins: with the mark of a run that was cut off, and without. */
const beginnings: readonly (readonly [string, Record<string, string>])[] = [
  ['', {}],
  [', interrupted', { refresh_started_at: new Date().toISOString() }],
];

const disks: readonly (readonly [string, string])[] = [
  ['a single file that is mounted', 'mount --bind "$1" "$1"'],
  ['a read-only mount', 'mount --bind "$2" "$2"; mount -o remount,ro,bind "$2"'],
  [
    'a full disk',
    'cp "$1" /tmp/attack.$$; mount -t tmpfs -o size=64k attack "$2"; cp /tmp/attack.$$ "$1"; rm /tmp/attack.$$; head -c 60k /dev/zero > "$2/full" || true; head -c 60k /dev/zero >> "$2/full" 2>/dev/null || true',
  ],
];

const mounted: Attack = {
  name: 'single files that are mounted, read-only and full disks',
  kind: 'mounts',
  cannotRun: withoutMounts,
  run: async (scale, random) => {
    const result = emptyResult();
    const cases = disks.flatMap((disk) => beginnings.map((beginning) => ({ disk, beginning })));
    const trial = async ({ disk: [what, script], beginning: [how, rows] }: (typeof cases)[number]): Promise<void> =>
      inArena(async (arena) => {
        connected(arena, 'acme', rows);
        const spent = arena.xero.redemptions();
        const ended = await runBehind(arena, script, ['refresh', 'acme', '--force', '--patience', '0s']);
        judge(result, arena, ended, spent, `${what}${how}`);
      });
    await Promise.all(chosen(cases, 3, scale, random).map(trial));
    return result;
  },
};

const owners: Attack = {
  name: 'sticky folders, no CAP_CHOWN, and folders that no file can be made in',
  kind: 'mounts',
  cannotRun: unlessRoot,
  run: async (scale, random) => {
    const result = emptyResult();
    const force = ['refresh', 'acme', '--force', '--patience', '0s'];
    const withoutChown = 'exec setpriv --bounding-set -chown --inh-caps -chown';
    const cases: readonly (readonly [string, (arena: Arena, folder: string) => Promise<Ended>])[] = [
      [
        'a sticky folder with a file of somebody else’s',
        (arena, folder) => {
          fs.chownSync(folder, 0, 0);
          fs.chmodSync(folder, 0o1777);
          fs.chownSync(arena.place.fileOf('acme'), 4711, 4711);
          fs.chmodSync(arena.place.fileOf('acme'), 0o666);
          return startProgram(arena.place.folder, force, { uid: nobody }).ended;
        },
      ],
      [
        'no CAP_CHOWN over a user’s file',
        (arena, folder) => {
          giveTo(nobody, folder);
          return runBehind(
            arena,
            `file="$1"; folder="$2"; shift 2; ${withoutChown} "$@"; set -- "$file" "$folder"`,
            force,
          );
        },
      ],
      [
        'a folder that no file can be made in',
        (arena, folder) => {
          giveTo(nobody, folder);
          fs.chownSync(folder, 0, 0);
          fs.chmodSync(folder, 0o755);
          return startProgram(arena.place.folder, force, { uid: nobody }).ended;
        },
      ],
    ];
    const trials = cases.flatMap((one) => beginnings.map((beginning) => ({ one, beginning })));
    for (const { one, beginning } of chosen(trials, 2, scale, random)) {
      const [what, run] = one;
      const [how, rows] = beginning;
      await inArena(async (arena) => {
        connected(arena, 'acme', rows);
        fs.chmodSync(arena.place.folder, 0o755);
        const spent = arena.xero.redemptions();
        judge(result, arena, await run(arena, path.join(arena.place.folder, 'environments')), spent, `${what}${how}`);
      });
    }
    return result;
  },
};

const strangeDisks: Attack = {
  name: 'disks without fsync of folders, modes, or owners',
  kind: 'mounts',
  run: async (scale, random) => {
    const result = emptyResult();
    const codes = [
      ['fsync of a folder', 'EINVAL'],
      ['chmod', 'EPERM'],
      ['chown', 'EPERM'],
    ] as const;
    const preload = path.join(__dirname, 'support/disk-preload.js');
    for (const [call, code] of chosen(codes, 1, scale, random)) {
      for (const [how, rows] of chosen(beginnings, 1, scale, random)) {
        await inArena(async (arena) => {
          connected(arena, 'acme', rows);
          const spent = arena.xero.redemptions();
          const variables = { ATTACK_DISK: JSON.stringify({ call, code }) };
          const args = ['refresh', 'acme', '--force', '--patience', '0s'];
          const ended = await startProgram(arena.place.folder, args, { preload, variables }).ended;
          judge(result, arena, ended, spent, `${call} that says ${code}${how}`);
          expectThat(
            result,
            ended.code === 0 || ended.code === 2,
            `${call} ends with ${ended.code}: ${ended.stderr.trim()}`,
          );
        });
      }
    }
    return result;
  },
};

export const attacks: Attack[] = [mounted, owners, strangeDisks];
