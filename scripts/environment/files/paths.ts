import fs from 'node:fs';
import path from 'node:path';
import { systemCode } from '../../errors';
import { refuseForeign } from './trust';

/** Where everything of one environment file is. All of it is keyed to the real file, behind any links. */
export interface Paths {
  readonly file: string;
  /** The environment's own folder inside `.evergrant`, which git ignores and nobody else may write. */
  readonly folder: string;
  readonly lock: string;
  /** A token set whose organisation is not judged yet. */
  readonly pending: string;
  /** Where a token set may wait to be picked up, best place first. */
  readonly recovery: readonly string[];
  /** Whether there is anything in one of these paths. */
  hasRecovery(): boolean;
}

export function pathsOf(file: string, stateFolder: string): Paths {
  const real = realPath(file);
  const [parent, base] = [path.dirname(real), path.basename(real)];
  const folder = path.join(parent, '.evergrant', base);
  const near = path.join(parent, `.${base}.recovery`);
  const far = (): string => path.join(stateFolder, `${base}.${keyOf(real)}.recovery`);
  return {
    file: real,
    folder,
    lock: path.join(folder, 'lock'),
    pending: path.join(folder, 'pending.json'),
    get recovery() {
      return [near, far()];
    },
    hasRecovery: () => fs.existsSync(near) || (fs.existsSync(stateFolder) && fs.existsSync(far())),
  };
}

/** Tells environments of one name apart in the state folder, which hardly anybody has: loaded only then. */
function keyOf(file: string): string {
  return (require('../../text/fingerprint') as typeof import('../../text/fingerprint')).fingerprint(file, 16);
}

/** A name that nobody can foresee for a file that is made in a folder and moved from there. */
export function temporaryIn(folder: string, ending: 'tmp' | 'next'): string {
  const { randomBytes } = require('node:crypto') as typeof import('node:crypto');
  return path.join(folder, `${randomBytes(8).toString('hex')}.${ending}`);
}

/** Makes the environment's own folder, and keeps git away from it wherever it lies. @throws Failure `foreign_file` */
export function prepareFolder({ folder }: Pick<Paths, 'folder'>): void {
  prepareKeep(path.dirname(folder));
  makeOwnFolder(folder);
}

/** Makes the folder for what is kept beside environments, `.evergrant`, for this user's eyes and not for git's. */
export function prepareKeep(keep: string): void {
  makeOwnFolder(keep);
  const ignore = path.join(keep, '.gitignore');
  if (!fs.existsSync(ignore)) unlessThere(() => fs.writeFileSync(ignore, '*\n', { flag: 'wx' }));
}

/** A link there, or a folder that somebody else may write, could send what is written anywhere. */
function makeOwnFolder(folder: string): void {
  const stat = fs.lstatSync(folder, { throwIfNoEntry: false });
  if (stat === undefined) unlessThere(() => fs.mkdirSync(folder, { mode: 0o700 }));
  refuseForeign(stat ?? fs.lstatSync(folder), folder);
}

/** Two processes may make it at once. */
function unlessThere(make: () => void): void {
  try {
    make();
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
  }
}

/** The names in a folder; none where it is gone, or out of this user's reach: whoever writes there says so. */
export function filesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return [];
  }
}

function realPath(file: string): string {
  try {
    return fs.realpathSync.native(file);
  } catch {
    return path.resolve(file); // not there yet, or not reachable: reading it will say so
  }
}
