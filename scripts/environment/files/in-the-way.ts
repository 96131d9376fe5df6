import fs from 'node:fs';
import path from 'node:path';
import { systemCode } from '../../errors';
import { thisUser } from '../../owner/user';
import { hintFor } from './system-hints';

/** What keeps this user from a file, and what to do about it. */
export interface Obstacle {
  /** The file or folder that is in the way: it may be another than the one that was wanted. */
  readonly path: string;
  readonly code: string;
  readonly hint: string;
}

/** Finds what is in the way from the system error that came when a file was to be read or written. */
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
    ? `give it to this user: sudo chown -R ${thisUser()}: ${file}`
    : `let its owner in: chmod u+rwX ${file}`;
}

/** What an earlier run of another user has left in `.evergrant`: the topmost, so that one command mends all of it. */
function foreignAbove(file: string): string | undefined {
  const parts = path.resolve(file).split(path.sep);
  const keep = parts.lastIndexOf('.evergrant');
  if (keep < 0) return undefined;
  const within = parts.slice(keep).map((_, at) => parts.slice(0, keep + at + 1).join(path.sep));
  return within.find((one) => ![undefined, process.geteuid?.()].includes(ownerOf(one)));
}

/** The file, where it is somebody else's or closed to writing; else the nearest folder above it that is there. */
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
    return undefined; // not there, or not to be seen: the folder above it is what counts
  }
}

/** Of a file that can't be put in its place, that place's folder: it was made well elsewhere. */
function pathOf(error: unknown): string | undefined {
  if (error instanceof Error && 'dest' in error && typeof error.dest === 'string') return path.dirname(error.dest);
  return error instanceof Error && 'path' in error && typeof error.path === 'string' ? error.path : undefined;
}
