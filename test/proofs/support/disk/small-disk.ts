import { execFileSync, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { nameOf, type Step } from '../stepped-program';
import type { DiskTrial } from './disk-faults';

/** A real file system of its own with very little space. */
export interface SmallDisk {
  /** Fills it, except for this many pages of 4 KiB. */
  leavePages(pages: number): void;
  /** Makes empty files until only this many more can be made. */
  leaveFiles(files: number): void;
  /** Takes away what filled it. */
  empty(): void;
  remount(as: 'ro' | 'rw'): void;
  /** Where a filler goes. */
  readonly filler: string;
  unmount(): void;
}

const pageBytes = 4096;
const mostFiles = 40;

/** Mounts a tmpfs of 256 KiB over a folder that has files, and puts them on it; undefined where that isn't allowed. */
export function mountSmallDisk(folder: string): SmallDisk | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
  const kept = fs.readdirSync(folder).filter((found) => found.endsWith('.json'));
  const texts = kept.map((found) => fs.readFileSync(path.join(folder, found)));
  const options = `size=256k,nr_inodes=${mostFiles},mode=700`;
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'evergrant-proof', folder]).status !== 0) return undefined;
  const guard = unmountWithUs(folder);
  kept.forEach((found, index) => fs.writeFileSync(path.join(folder, found), texts[index] ?? '', { mode: 0o600 }));
  const filler = path.join(folder, 'filler');
  const fillerOf = (index: number): string => path.join(folder, `filler-${index}`);
  const empty = (): void => {
    for (const found of fs.readdirSync(folder)) if (found.startsWith('filler')) fs.rmSync(path.join(folder, found));
  };
  return {
    filler,
    empty,
    leavePages: (pages) => {
      empty();
      fs.writeFileSync(filler, '', { mode: 0o600 });
      const { bavail, bsize } = fs.statfsSync(folder);
      const free = Math.floor((bavail * bsize) / pageBytes);
      fs.writeFileSync(filler, Buffer.alloc(Math.max(0, free - pages) * pageBytes, 1), { mode: 0o600 });
    },
    leaveFiles: (files) => {
      empty();
      for (let made = 0; fs.statfsSync(folder).ffree > files; made++)
        fs.writeFileSync(fillerOf(made), '', { mode: 0o600 });
    },
    remount: (as) => void execFileSync('mount', ['-o', `remount,${as}`, folder]),
    unmount: () => {
      guard.kill();
      execFileSync('umount', ['-l', folder]);
    },
  };
}

/** A process that waits for the end of this one, whatever ends it, and takes the disk away then. */
function unmountWithUs(folder: string): { kill(): void } {
  const script = 'read -r _; umount -l "$1"';
  return spawn('sh', ['-c', script, 'sh', folder], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
}

/** A disk with little space before the run, one that fills up at any of its writes, and one that is read-only. */
export function smallDiskTrials(disk: SmallDisk, steps: readonly Step[], folder: string): DiskTrial[] {
  const trial = (what: string, prepare: () => void, more: Partial<DiskTrial> = {}): DiskTrial => ({
    what,
    plan: {},
    variables: {},
    allowed: [0, 2],
    hasRefuge: true,
    prepare,
    mend: disk.empty,
    ...more,
  });
  const writing = steps.flatMap((step, index) => (step.writes ? [{ step, number: index + 1 }] : []));
  return [
    ...numbers(26).map((pages) => trial(`${pages} pages left`, () => disk.leavePages(pages))),
    ...numbers(6).map((files) => trial(`${files} files left`, () => disk.leaveFiles(files))),
    ...writing.map(({ step, number }) =>
      trial(`full from step ${number}, ${nameOf(step, folder)}`, disk.empty, {
        plan: { fill: { step: number, file: disk.filler } },
      }),
    ),
    trial('read-only', () => disk.remount('ro'), { allowed: [2], mend: () => disk.remount('rw') }),
  ];
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
