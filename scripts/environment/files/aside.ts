import fs from 'node:fs';
import path from 'node:path';
import type { Environment } from '../environment';
import type { Aside, StoredEnvironment } from '../store';
import { replaceDurably, tolerate } from '../disk/atomic-write';
import { syncFolder } from '../disk/folder-sync';
import { readKept, type KeptOf } from './generations';
import { filesIn, temporaryIn, type Paths } from './paths';

/** The number of refused token sets that are kept; the same as for generations. */
const mostRefused = 5;

/** What the token sets beside an environment need from its own file. */
export interface AsideOf {
  readonly kept: KeptOf;
  readonly paths: Paths;
  keep: Aside['keep'];
  storedAt(file: string): StoredEnvironment;
}

/** Token sets beside an environment, in files. */
export interface FilesAside extends Aside {
  /** Makes a set pending that was left in another place; where one is pending, it is kept among the refused ones. */
  putBack(set: Environment): Promise<void>;
}

/** The token sets of a consent that are not the environment's own: files in its folder under other names. */
export function asideIn({ kept, paths, keep, storedAt }: AsideOf): FilesAside {
  const { pending, folder } = paths;
  return {
    keep,
    pending: async () => (fs.existsSync(pending) ? readKept(pending, kept) : undefined),
    stored: () => storedAt(pending),
    putBack: async ({ text }) =>
      await replaceDurably(fs.existsSync(pending) ? refusedNow(folder) : pending, text, temporaryIn(folder, 'tmp')),
    refuse: async () => {
      fs.renameSync(pending, refusedNow(folder));
      await syncFolder(folder);
      for (const old of refusedIn(folder).slice(mostRefused)) tolerate(() => fs.rmSync(old, { force: true }));
    },
    reconsider: async () => {
      const [newest] = refusedIn(folder);
      if (newest !== undefined && !fs.existsSync(pending)) fs.renameSync(newest, pending);
    },
    clear: async () => tolerate(() => fs.rmSync(pending, { force: true })),
  };
}

function refusedNow(folder: string): string {
  return path.join(folder, `refused-${new Date().toISOString().replaceAll(':', '')}.json`);
}

/** Whether any token set is kept beside an environment. */
export function hasAside({ pending, folder }: Paths): boolean {
  return fs.existsSync(pending) || refusedIn(folder).length > 0;
}

/** The refused token sets, newest first. */
function refusedIn(folder: string): string[] {
  const files = filesIn(folder).filter((file) => /^refused-[\dTZ.-]+\.json$/.test(file));
  return files
    .toSorted()
    .toReversed()
    .map((file) => path.join(folder, file));
}
