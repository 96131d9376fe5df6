import fs from 'node:fs';
import path from 'node:path';
import { systemCode } from '../../errors';
import { fingerprint } from '../../text/fingerprint';
import { refuseForeign } from './trust';

/** The paths of everything that belongs to one environment file. They belong to the real file, with links resolved. */
export interface Paths {
  readonly file: string;
  /** The environment's own folder inside `.evergrant`, which git ignores and no other user may write. */
  readonly folder: string;
  readonly lock: string;
  /** The file for a token set whose organisation is not judged yet. */
  readonly pending: string;
  /** Where a token set may wait to be recovered, best place first. */
  readonly recovery: readonly string[];
  /** Whether there is a file at one of the recovery paths. */
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

/** Whether there is a link at this place, whatever it leads to. */
export function isLinkAt(file: string): boolean {
  return fs.lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

/** Distinguishes files of the same name in the state folder. */
function keyOf(file: string): string {
  return fingerprint(file, 16);
}

/** An unpredictable name for a temporary file in a folder. */
export function temporaryIn(folder: string, ending: 'tmp' | 'next'): string {
  return path.join(folder, `${unpredictable()}.${ending}`);
}

/** The same for a folder that holds what people see: they don't see this. */
export function hiddenTemporaryIn(folder: string): string {
  return path.join(folder, `.${unpredictable()}.tmp`);
}

function unpredictable(): string {
  const { randomUUID } = require('node:crypto') as typeof import('node:crypto');
  return randomUUID().replaceAll('-', '').slice(-16);
}

/** Makes the environment's own folder, and makes git ignore it. @throws Failure `foreign_file` */
export function prepareFolder({ folder }: Pick<Paths, 'folder'>): void {
  prepareKeep(path.dirname(folder));
  makeOwnFolder(folder);
}

/** Makes `.evergrant`, the folder for what is kept beside environments: private to this user, and ignored by git. */
export function prepareKeep(keep: string): void {
  makeOwnFolder(keep);
  const ignore = path.join(keep, '.gitignore');
  if (!fs.existsSync(ignore)) unlessThere(() => fs.writeFileSync(ignore, '*\n', { flag: 'wx' }));
}

/** Refuses a link, and a folder that another user may write: either could send what is written somewhere else. */
function makeOwnFolder(folder: string): void {
  const stat = fs.lstatSync(folder, { throwIfNoEntry: false });
  if (stat === undefined) unlessThere(() => fs.mkdirSync(folder, { mode: 0o700 }));
  refuseForeign(stat ?? fs.lstatSync(folder), folder);
}

/** Ignores EEXIST, because two processes may make the same place at once. */
function unlessThere(make: () => void): void {
  try {
    make();
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
  }
}

/** The names in a folder; none when it is missing or can't be read. Writing there will report the reason. */
export function filesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return [];
  }
}

/** Whether two paths, relative or by links, lead to one folder. */
export function isSameFolder(one: string, other: string): boolean {
  return one === other || realPath(one) === realPath(other);
}

/** The file behind any link, by its full path. */
export function realPath(file: string): string {
  try {
    return fs.realpathSync.native(file);
  } catch {
    return path.resolve(file); // missing or not reachable; reading it will report that
  }
}
