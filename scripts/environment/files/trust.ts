import fs from 'node:fs';
import { invalid, systemCode } from '../../errors';
import { thisUser } from '../../owner/user';

const { O_RDONLY } = fs.constants;

/** Flags that Windows doesn't have, whatever their type says. */
const notOnWindows: { readonly O_NONBLOCK?: number; readonly O_NOFOLLOW?: number } = fs.constants;

/** Opens a file itself and never what a link names; 0 on Windows, which has no such flag. */
export const noFollow = notOnWindows.O_NOFOLLOW ?? 0;

/** A pipe must not make it wait. */
const noWaiting = notOnWindows.O_NONBLOCK ?? 0;

const [groupWrites, othersWrite] = [0o020, 0o002];

/**
 * Whether only this user and root can have made what is there, and changed it: it is theirs, no link, and no others may
 * write it. This user's own group may. True everywhere on Windows, which has other means.
 */
export function isTrusted(stat: fs.Stats): boolean {
  return distrust(stat) === undefined;
}

/**
 * The text of a file that only this user and root can have written; undefined where there is none. What is judged is what
 * is read.
 * @throws Failure `foreign_file` for any other, and system errors as they come
 */
export function readTrusted(file: string): string | undefined {
  try {
    const descriptor = openTrusted(file, O_RDONLY);
    try {
      return fs.readFileSync(descriptor, 'utf8');
    } finally {
      fs.closeSync(descriptor);
    }
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Opens a file that only this user and root can have written, or makes it, this user's alone. No link is followed.
 * @throws Failure `foreign_file` for any other, and system errors as they come
 */
export function openTrusted(file: string, flags: number): number {
  const descriptor = openItself(file, flags);
  try {
    refuseForeign(fs.fstatSync(descriptor), file);
    return descriptor;
  } catch (error) {
    fs.closeSync(descriptor);
    throw error;
  }
}

function openItself(file: string, flags: number): number {
  try {
    return fs.openSync(file, flags | noWaiting | noFollow, 0o600);
  } catch (error) {
    if (!isLink(error)) throw error;
    throw foreign(file, 'is a link', `look where it leads, then: rm ${file}`, error);
  }
}

/** @throws Failure `foreign_file` unless the file is trusted, as {@link isTrusted} says */
export function refuseForeign(stat: fs.Stats, file: string): void {
  const why = distrust(stat);
  if (why === 'owner') {
    const hint = `look at it first; if it is right: sudo chown ${thisUser()} ${file}`;
    throw foreign(file, `belongs to another user (uid ${stat.uid})`, hint);
  }
  if (why === 'mode') throw foreign(file, 'can be written by other users', `look at it, then: chmod go-w ${file}`);
  if (why === 'link') throw foreign(file, 'is a link', `look where it leads, then: rm ${file}`);
}

/** For a link that may be followed where it is this user's own or root's. @throws Failure `foreign_file` otherwise */
export function refuseForeignLink({ uid }: fs.Stats, link: string): void {
  if (isOurs(uid)) return;
  throw foreign(link, `is a link of another user (uid ${uid})`, `look where it leads, then: rm ${link}`);
}

/** The error of opening a link by {@link noFollow}; FreeBSD has its own. */
function isLink(error: unknown): boolean {
  return ['ELOOP', 'EMLINK'].includes(systemCode(error) ?? '');
}

function distrust(stat: fs.Stats): 'link' | 'owner' | 'mode' | undefined {
  if (stat.isSymbolicLink()) return 'link';
  if (process.geteuid === undefined) return undefined;
  if (!isOurs(stat.uid)) return 'owner';
  const isOwnGroup = stat.gid === process.getegid?.();
  return (stat.mode & (isOwnGroup ? othersWrite : othersWrite | groupWrites)) === 0 ? undefined : 'mode';
}

function isOurs(uid: number): boolean {
  return [0, process.geteuid?.() ?? uid].includes(uid);
}

function foreign(file: string, why: string, hint: string, cause?: unknown): Error {
  return invalid('foreign_file', `${file} ${why}, so it is not believed`, hint, cause);
}
