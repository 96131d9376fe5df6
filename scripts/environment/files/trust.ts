import fs from 'node:fs';
import path from 'node:path';
import { invalid, systemCode } from '../../errors';
import { thisUser } from '../../owner/user';
import { shellQuoted } from '../../text/shell';

const { O_RDONLY } = fs.constants;

/** Flags that are missing on Windows, although their types say otherwise. */
const notOnWindows: { readonly O_NONBLOCK?: number; readonly O_NOFOLLOW?: number } = fs.constants;

/** The flag for opening a file but never the target of a link; 0 on Windows, which has no such flag. */
export const noFollow = notOnWindows.O_NOFOLLOW ?? 0;

/** The flag that keeps a pipe from making the open call wait. */
const noWaiting = notOnWindows.O_NONBLOCK ?? 0;

const [groupWrites, othersWrite, sticky] = [0o020, 0o002, 0o1000];

/**
 * Whether only this user and root can have made and changed a file: one of them owns it, it is no link, and no other
 * user may write it. This user's own group may. Always true on Windows, which protects files by other means.
 */
export function isTrusted(stat: fs.Stats): boolean {
  return distrust(stat) === undefined;
}

/**
 * The text of a file that only this user and root can have written; undefined when there is no file. The checked file
 * is the one that is read, by the same descriptor.
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
 * Opens a file that only this user and root can have written, or makes it for this user only. No link is followed.
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
    throw foreign(file, 'is a link', `look where it leads, then: rm ${shellQuoted(file)}`, error);
  }
}

/** @throws Failure `foreign_file` unless the file is trusted, as {@link isTrusted} says */
export function refuseForeign(stat: fs.Stats, file: string): void {
  const why = distrust(stat);
  if (why === 'owner') {
    const hint = isSticky(stat)
      ? ownFolder
      : `look at it first; if it is right: sudo chown ${thisUser()} ${shellQuoted(file)}`;
    throw foreign(file, `belongs to another user (uid ${stat.uid})`, hint);
  }
  if (why === 'mode') {
    const isForOthers = isSticky(stat) || (stat.isDirectory() && stat.uid !== process.geteuid?.());
    throw foreign(
      file,
      'can be written by other users',
      isForOthers ? ownFolder : `look at it, then: chmod go-w ${shellQuoted(file)}`,
    );
  }
  if (why === 'link') throw foreign(file, 'is a link', `look where it leads, then: rm ${shellQuoted(file)}`);
}

/** What to do about a folder that other programs need as it is. */
export const ownFolder = 'name a folder of your own, made by: mkdir -m 0700 ~/evergrant-files';

/** Whether it is a folder such as `/tmp`, in which many users make files. */
function isSticky(stat: fs.Stats): boolean {
  return stat.isDirectory() && (stat.mode & sticky) !== 0;
}

/** Allows a link to be followed only if this user or root owns it. @throws Failure `foreign_file` otherwise */
export function refuseForeignLink({ uid }: fs.Stats, link: string): void {
  if (isOurs(uid)) return;
  throw foreign(link, `is a link of another user (uid ${uid})`, `look where it leads, then: rm ${shellQuoted(link)}`);
}

/**
 * Allows a path to be followed only if this user or root owns each link on it, also those that a link leads to.
 * @throws Failure `foreign_file` otherwise
 */
export function refuseForeignLinks(file: string): void {
  const whole = path.resolve(file);
  const folder = path.dirname(whole);
  if (folder === whole) return;
  refuseForeignLinks(folder);
  const stat = fs.lstatSync(whole, { throwIfNoEntry: false });
  if (stat?.isSymbolicLink() !== true) return;
  refuseForeignLink(stat, whole);
  refuseForeignLinks(path.resolve(fs.realpathSync(folder), fs.readlinkSync(whole)));
}

/** Whether opening failed because the file is a link ({@link noFollow}); FreeBSD has a code of its own. */
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
