import fs from 'node:fs';
import path from 'node:path';
import { Failure, systemCode } from '../../errors';
import type { FileFacts } from '../store';
import { hasAside } from './aside';
import { trackingOf } from './git';
import { obstacleOf } from './in-the-way';
import { noteIn, renamedFrom } from './moving/former-name';
import { pushedWorkspaceOf } from './native-git';
import type { Paths } from './paths';
import { refuseForeign } from './trust';

/** What the file system says about an environment's file, its folder and what is kept beside it. */
export function factsOf(where: string, paths: Paths): FileFacts {
  const hasModes = process.platform !== 'win32';
  return {
    where,
    folder: path.dirname(paths.file),
    isReadableByOthers: hasModes && (fs.statSync(where).mode & 0o077) !== 0,
    isFolderOpen: hasModes && isOpen(path.dirname(paths.file)),
    tracking: trackingOf(where),
    pushedWorkspace: pushedWorkspaceOf(where),
    hasRecovery: paths.hasRecovery(),
    unfinishedName: noteIn(paths.folder, renamedFrom),
    hasAside: hasAside(paths),
    unbelievable: [where, ...keptBeside(paths)].flatMap(faultOf),
  };
}

/** Whether other users may make and remove files in a folder. This user's own group does not count. */
function isOpen(folder: string): boolean {
  const { mode, gid } = fs.statSync(folder);
  return (mode & (gid === process.getegid?.() ? 0o002 : 0o022)) !== 0;
}

function keptBeside({ folder, recovery }: Paths): readonly string[] {
  const keep = path.dirname(folder);
  return [keep, folder, ...filesIn(keep), ...filesIn(folder), ...recovery];
}

/** The plain files and links in a folder; none if it is missing or can't be read, which `faultOf` reports. */
function filesIn(folder: string): readonly string[] {
  try {
    const entries = fs.readdirSync(folder, { withFileTypes: true });
    return entries.filter((entry) => !entry.isDirectory()).map((entry) => path.join(folder, entry.name));
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return [];
  }
}

/** Why a file or folder would not be trusted, or can't be read by this user; nothing when it does not exist. */
function faultOf(place: string): FileFacts['unbelievable'] {
  try {
    const stat = fs.lstatSync(place, { throwIfNoEntry: false });
    if (stat === undefined) return [];
    refuseForeign(
      stat.isSymbolicLink() && place.endsWith('.postman_environment.json') ? fs.statSync(place) : stat,
      place,
    );
    fs.accessSync(place, fs.constants.R_OK);
    return [];
  } catch (error) {
    if (error instanceof Failure) return [{ problem: error.message, mend: error.hint }];
    if (systemCode(error) === undefined) throw error;
    if (systemCode(error) === 'ENOTDIR') return []; // it does not exist: a file is in the place of its folder
    const { path: inTheWay, code, hint } = obstacleOf(error, place);
    return [{ problem: `${inTheWay} can't be read (${code})`, mend: hint }];
  }
}
