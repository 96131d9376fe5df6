import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

/** A user of this machine. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
  /** Undefined for a number that has no entry, as in a container. */
  readonly name: string | undefined;
  readonly home: string | undefined;
}

/** The owner of a file or folder. */
type Owned = Pick<fs.Stats, 'uid' | 'gid'>;

/**
 * The user who can change an environment besides root: the owner of the folder with its file, or with a link to it; in
 * a folder of root's that others may write, the owner of the file. 0 when there is no such user.
 */
export function ownerOf(file: string): Owned {
  const owners = [file, ...linkedFrom(file)].map(makerOf);
  return owners.find(({ uid }) => uid !== 0) ?? { uid: 0, gid: 0 };
}

/** The file that a link leads to, if there is one. */
function linkedFrom(file: string): string[] {
  const isLink = statOf(() => fs.lstatSync(file))?.isSymbolicLink() === true;
  return isLink && fs.existsSync(file) ? [fs.realpathSync(file)] : [];
}

function makerOf(file: string): Owned {
  const folder = nearestAbove(file) ?? { uid: 0, gid: 0, mode: 0 };
  if (folder.uid !== 0 || (folder.mode & othersWrite) === 0) return folder;
  return statOf(() => fs.lstatSync(file)) ?? folder;
}

const othersWrite = 0o022;

/** The folder of a file, or the nearest existing one above it. */
export function nearestAbove(file: string): fs.Stats | undefined {
  const folder = path.dirname(path.resolve(file));
  return statOf(() => fs.statSync(folder)) ?? (folder === path.dirname(folder) ? undefined : nearestAbove(folder));
}

function statOf(look: () => fs.Stats): fs.Stats | undefined {
  try {
    return look();
  } catch {
    return undefined; // it does not exist, so the folder above is used
  }
}

/** The entry of a user. If there is none, the group is that of the user's files, but never root's. */
export function accountOf({ uid, gid }: Owned): Account {
  const options = { encoding: 'utf8', timeout: 5000 } as const;
  const said: { readonly stdout: string | null } = spawnSync('getent', ['passwd', String(uid)], options); // or null
  const [name, , , group, , home] = (said.stdout ?? '').trim().split(':');
  const hasEntry = home !== undefined && /^\d+$/.test(group ?? '');
  if (hasEntry) return { uid, gid: Number(group), name: name ?? '', home };
  return { uid, gid: gid === 0 ? uid : gid, name: undefined, home: undefined };
}

/** The user of this name; undefined where there is none, `unknown` where this machine can't be asked. */
export function accountNamed(name: string): Account | 'unknown' | undefined {
  const options = { encoding: 'utf8', timeout: 5000 } as const;
  const said: { readonly status: number | null; readonly stdout: string | null } = spawnSync(
    'getent',
    ['passwd', name],
    options,
  );
  if (said.status === notFound) return undefined;
  const [, , uid = '', gid = '', , home] = (said.stdout ?? '').trim().split(':');
  return /^\d+$/.test(uid) && /^\d+$/.test(gid) ? { uid: Number(uid), gid: Number(gid), name, home } : 'unknown';
}

/** How getent says that there is no such entry. */
const notFound = 2;

/** Whether the modes let a user read a file and pass its folders. Only the user's primary group is considered. */
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
