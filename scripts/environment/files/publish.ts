import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { invalid, systemCode } from '../../errors';
import { wasHandedToRoot } from '../../owner/root-order';
import { tolerate } from '../disk/atomic-write';
import { refuseForeignLink } from './trust';

/** File modes by who may read: the owner only, or every user of the machine, such as another user's service. */
const modes = { owner: 0o600, anybody: 0o644 } as const;

/**
 * Writes a file for other programs. A reader always finds the whole old text or the whole new one, never a part.
 * A link is followed and its target is written, if this user or root made the link.
 * @throws Failure `invalid` when it can't be written
 */
export function writeWhole(file: string, text: string, readers: keyof typeof modes): void {
  if (wasHandedToRoot(file, text)) return;
  try {
    putWhole(targetOf(file), text, modes[readers]);
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
export function checkEnding(file: string, option: string, ...endings: readonly [string, ...string[]]): void {
  if (endings.some((ending) => file.endsWith(ending))) return;
  const wanted = endings.join(' or ');
  throw invalid('bad_ending', `the file of ${option} must end in ${wanted}`, `as in ${option} evergrant${endings[0]}`);
}

/** The file to write: a rename must not replace a device or a pipe. */
function targetOf(file: string): string {
  const link = fs.lstatSync(file, { throwIfNoEntry: false });
  if (link?.isSymbolicLink()) refuseForeignLink(link, file);
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return file;
  if (!stat.isFile()) throw invalid('not_a_file', `${file} is no plain file`, 'name a file, or a new one');
  return fs.realpathSync(file);
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
