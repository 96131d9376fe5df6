import fs from 'node:fs';
import path from 'node:path';
import { systemCode } from '../../errors';
import { thisUser } from '../../owner/user';
import { shellQuoted } from '../../text/shell';

/** What denies this user access to a file, and what to do about it. */
export interface Obstacle {
  /** The file or folder that denies access; it may be a folder above the file. */
  readonly path: string;
  readonly code: string;
  readonly hint: string;
}

/** Finds what denies access, from the system error of reading or writing a file. */
export function obstacleOf(error: unknown, file: string): Obstacle {
  const code = systemCode(error) ?? 'unknown';
  const failed = pathOf(error) ?? file;
  if (code !== 'EACCES' && code !== 'EPERM') {
    return { path: failed, code, hint: hintFor(code, file) ?? `let this user write ${failed} and its folder` };
  }
  const inTheWay = foreignAbove(failed) ?? closedAt(failed);
  return { path: inTheWay, code, hint: permit(inTheWay) };
}

function permit(file: string): string {
  const isForeign = ownerOf(file) !== process.geteuid?.();
  return isForeign
    ? `give it to this user: sudo chown -R ${thisUser()}: ${shellQuoted(file)}`
    : `let its owner in: chmod u+rwX ${shellQuoted(file)}`;
}

/** What lets this user read a file or folder that is closed to it. */
export function letRead(file: string): string {
  const owner = ownerOf(file);
  if (owner === undefined) return permit(nearest(path.dirname(file)));
  return owner === process.geteuid?.() ? `let this user read it: chmod u+rwX ${shellQuoted(file)}` : permit(file);
}

/** The topmost place in `.evergrant` that a run of another user made, so that one command mends all below it. */
function foreignAbove(file: string): string | undefined {
  const parts = path.resolve(file).split(path.sep);
  const keep = parts.lastIndexOf('.evergrant');
  if (keep < 0) return undefined;
  const within = parts.slice(keep).map((_, at) => parts.slice(0, keep + at + 1).join(path.sep));
  return within.find((one) => ![undefined, process.geteuid?.()].includes(ownerOf(one)));
}

/** The file, if another user owns it or it is not writable; otherwise the nearest existing folder above it. */
function closedAt(file: string): string {
  const owner = ownerOf(file);
  const parent = path.dirname(file);
  const isOpen = owner === undefined || (owner === process.geteuid?.() && isWritable(file));
  return isOpen && parent !== file ? nearest(parent) : file;
}

function nearest(folder: string): string {
  const parent = path.dirname(folder);
  return ownerOf(folder) !== undefined || parent === folder ? folder : nearest(parent);
}

function isWritable(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function ownerOf(file: string): number | undefined {
  try {
    return fs.lstatSync(file).uid;
  } catch {
    return undefined; // it does not exist or can't be seen, so the folder above it is checked
  }
}

/** The path in the error. When a rename failed, it is the target's folder, because the temporary file was made. */
function pathOf(error: unknown): string | undefined {
  if (error instanceof Error && 'dest' in error && typeof error.dest === 'string') return path.dirname(error.dest);
  return error instanceof Error && 'path' in error && typeof error.path === 'string' ? error.path : undefined;
}

/**
 * What a person can do about a system error at a file; undefined when the code alone does not show it. EACCES and EPERM
 * are left to {@link obstacleOf}, which looks at the owner.
 */
export function hintFor(code: string, file: string): string | undefined {
  return hints[code]?.(file, path.dirname(file));
}

/** Whether the error is temporary, so that the next run may succeed. */
export function isPassing(code: string): boolean {
  return ['EMFILE', 'ENFILE', 'EAGAIN'].includes(code);
}

const makeRoom = (_file: string, folder: string): string => `make room on the disk that holds ${folder}`;

const locks = (_file: string, folder: string): string =>
  `the file system of ${folder} takes no locks: mount it with them (NFS: without nolock), or use a local disk`;

const limits = (): string => 'too many files are open: raise the limit, as by ulimit -n 4096';

const hints: Readonly<Record<string, (file: string, folder: string) => string>> = {
  EBUSY: (file, folder) =>
    `mount the folder ${folder}, not the file ${path.basename(file)} alone: it can't be replaced`,
  EXDEV: (file, folder) =>
    `mount the folder ${folder}, not the file ${path.basename(file)} alone: it can't be replaced`,
  EROFS: (_file, folder) => `${folder} is mounted read-only: mount it so that it can be written`,
  ENOSPC: makeRoom,
  EDQUOT: makeRoom,
  EFBIG: makeRoom,
  ENOLCK: locks,
  ENOTSUP: locks,
  EOPNOTSUPP: locks,
  EMFILE: limits,
  ENFILE: limits,
  EAGAIN: limits,
  ESTALE: (_file, folder) => `the server of ${folder} has lost it: mount it again`,
  ENOTCONN: (_file, folder) => `the server of ${folder} has lost it: mount it again`,
  EIO: (_file, folder) => `the disk that holds ${folder} has failed: see the system's log, as by dmesg`,
  ENAMETOOLONG: () => 'use a shorter name for the environment',
  ELOOP: (file) => `there is a link where a file should be: look where it leads, then: rm ${shellQuoted(file)}`,
};
