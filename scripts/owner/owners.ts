import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

/** A user of this machine, as far as it knows him. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
  /** Undefined for a number without an entry, as in a container. */
  readonly name: string | undefined;
  readonly home: string | undefined;
}

/** Of a file or folder, what says whose it is. */
type Owned = Pick<fs.Stats, 'uid' | 'gid'>;

/**
 * Who has a hand in an environment besides root: whose the folder is in which its file lies or will lie, or in which a
 * link to it does; in a folder of root's that others may write, whoever made the file. 0 where nobody does.
 */
export function ownerOf(file: string): Owned {
  const real = statOf(() => fs.statSync(file)) && fs.realpathSync(file);
  const owners = [file, ...(real === undefined ? [] : [real])].map(makerOf);
  return owners.find(({ uid }) => uid !== 0) ?? { uid: 0, gid: 0 };
}

function makerOf(file: string): Owned {
  const folder = nearestAbove(file) ?? { uid: 0, gid: 0, mode: 0 };
  if (folder.uid !== 0 || (folder.mode & othersWrite) === 0) return folder;
  return statOf(() => fs.lstatSync(file)) ?? folder;
}

const othersWrite = 0o022;

/** The folder of a file, or the nearest above it that is there. */
export function nearestAbove(file: string): fs.Stats | undefined {
  const folder = path.dirname(path.resolve(file));
  return statOf(() => fs.statSync(folder)) ?? (folder === path.dirname(folder) ? undefined : nearestAbove(folder));
}

function statOf(look: () => fs.Stats): fs.Stats | undefined {
  try {
    return look();
  } catch {
    return undefined; // not there: what lies above it counts
  }
}

/** What the machine's list of users says of a user; without an entry, the group of what he owns, but never root's. */
export function accountOf({ uid, gid }: Owned): Account {
  const options = { encoding: 'utf8', timeout: 5000 } as const;
  const said: { readonly stdout: string | null } = spawnSync('getent', ['passwd', String(uid)], options); // null without it
  const [name, , , group, , home] = (said.stdout ?? '').trim().split(':');
  const hasEntry = home !== undefined && /^\d+$/.test(group ?? '');
  if (hasEntry) return { uid, gid: Number(group), name: name ?? '', home };
  return { uid, gid: gid === 0 ? uid : gid, name: undefined, home: undefined };
}

/** Whether a user may read a file and walk to it, by the modes; in groups other than his first he counts as a stranger. */
export function canRead({ uid, gid }: Account, file: string): boolean {
  const may = (place: string, bit: 4 | 1): boolean => {
    const stat = fs.statSync(place);
    const shift = stat.uid === uid ? 6 : stat.gid === gid ? 3 : 0;
    return ((stat.mode >> shift) & bit) !== 0;
  };
  const foldersOf = (place: string): string[] =>
    place === path.dirname(place) ? [] : [path.dirname(place), ...foldersOf(path.dirname(place))];
  const real = fs.realpathSync(file);
  return may(real, 4) && foldersOf(real).every((folder) => may(folder, 1));
}
