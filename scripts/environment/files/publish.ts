import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { invalid, systemCode, type Failure } from '../../errors';
import { wasHandedToRoot } from '../../owner/root-order';
import { tolerate } from '../disk/atomic-write';
import { refuseForeignLinks } from './trust';

/** What is published: its mode, how its file's name must end, and how its text always begins. */
const kinds = {
  /** For every user of the machine, such as another user's service. */
  metrics: { mode: 0o644, endings: ['.prom'], begins: /^# HELP evergrant_/ },
  page: { mode: 0o600, endings: ['.html', '.htm'], begins: /^<!doctype html>/ },
} as const;

export type PublishedKind = keyof typeof kinds;

/**
 * Writes a file for other programs. A reader always finds the whole old text or the whole new one, never a part.
 * Links are followed and their target is written, if this user or root made them. What is there already is replaced only if
 * it is of the same kind, or empty.
 * @throws Failure `invalid` when it can't be written
 */
export function writeWhole(file: string, text: string, kind: PublishedKind): void {
  if (wasHandedToRoot(file, text)) return;
  try {
    putWhole(targetOf(file, kind), text, kinds[kind].mode);
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    throw invalid('not_written', `cannot write ${file} (${code})`, 'name a file in a folder that you may write', error);
  }
}

/**
 * Puts a new file in place of what is there; a link is replaced too. It is given to the group, if there is one, and gets its
 * mode before it has its name. @throws system errors
 */
export function putWhole(target: string, text: string, mode: number, gid?: number): void {
  const temporary = path.join(path.dirname(target), `.${path.basename(target)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    writeNew(temporary, text, mode, gid);
    fs.renameSync(temporary, target);
  } catch (error) {
    tolerate(() => fs.rmSync(temporary, { force: true }));
    throw error;
  }
}

/** Checks the ending of a file's name, so that a file of another kind, above all an environment, is not overwritten. */
export function checkEnding(file: string, option: string, kind: PublishedKind): void {
  if (endsRight(file, kind)) return;
  const { endings } = kinds[kind];
  const message = `the file of ${option} must end in ${endings.join(' or ')}`;
  throw invalid('bad_ending', message, `as in ${option} evergrant${endings[0]}`);
}

function endsRight(file: string, kind: PublishedKind): boolean {
  return kinds[kind].endings.some((ending) => file.endsWith(ending));
}

/**
 * Allows a file to be replaced only if its text begins as this program writes it, if it is empty, or if it is a link, whose
 * target is not touched. @throws Failure `invalid` otherwise
 */
export function refuseOther(file: string, begins: RegExp): void {
  const stat = fs.lstatSync(file, { throwIfNoEntry: false });
  if (stat === undefined || stat.isSymbolicLink()) return;
  if (!stat.isFile()) throw invalid('not_a_file', `${file} is no plain file`, 'name a file, or a new one');
  const start = beginningOf(file);
  if (start !== '' && !begins.test(start)) throw otherFile(`${file} has something else in it`);
}

function beginningOf(file: string): string {
  const descriptor = fs.openSync(file, 'r');
  try {
    const start = Buffer.alloc(enoughBytes);
    return start.toString('utf8', 0, fs.readSync(descriptor, start, 0, enoughBytes, 0));
  } finally {
    fs.closeSync(descriptor);
  }
}

const enoughBytes = 256;

/** The file to write: a rename must not replace a device or a pipe, or a file of another kind behind a link. */
function targetOf(file: string, kind: PublishedKind): string {
  const isThere = fs.statSync(file, { throwIfNoEntry: false }) !== undefined;
  refuseForeignLinks(file);
  const target = isThere ? fs.realpathSync(file) : file;
  if (!endsRight(target, kind)) throw otherFile(`${file} leads to ${target}, whose name ends otherwise`);
  refuseOther(target, kinds[kind].begins);
  return target;
}

/** Allows only a new file, in a folder to which no link of another user leads. @throws Failure `invalid` otherwise */
export function requireNew(file: string, message: string): void {
  refuseForeignLinks(path.dirname(file));
  if (fs.lstatSync(file, { throwIfNoEntry: false }) !== undefined)
    throw invalid('exists', message, 'name another file');
}

function otherFile(problem: string): Failure {
  return invalid('other_file', `${problem}, so it is not replaced`, 'name another file, or move that one away');
}

function writeNew(temporary: string, text: string, mode: number, gid: number | undefined): void {
  const descriptor = fs.openSync(temporary, 'wx', gid === undefined ? mode : 0o600);
  try {
    if (gid !== undefined) fs.fchownSync(descriptor, -1, gid);
    fs.fchmodSync(descriptor, mode);
    fs.writeFileSync(descriptor, text);
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}
