import fs from 'node:fs';
import path from 'node:path';
import { Failure, systemCode } from '../../errors';
import { parseEnvironment, valueOf, type Changes, type Environment } from '../environment';
import { generationOf, tokenKeys } from '../grant';
import { tolerate, writeDurably } from './atomic-write';
import { readTrusted, refuseForeign } from './trust';

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

/** What killed processes left in the environment's own folder; one that could not move its text left it complete. */
function leftovers({ folder }: Paths): readonly string[] {
  const left = filesIn(folder).filter((file) => /^[0-9a-f]{16}\.(tmp|next)$/.test(file));
  return left.map((file) => path.join(folder, file));
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

/** Writes a token set to the first place that takes it, and says where; undefined when none does. */
export function writeRecovery({ recovery }: Paths, text: string): string | undefined {
  return recovery.find((place) => writtenAt(place, text));
}

/** Whether a text is at a place now; the next place may do, and the caller reports the first cause. */
export function writtenAt(place: string, text: string): boolean {
  const folder = path.dirname(place);
  try {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeDurably(place, text, temporaryIn(folder, 'tmp').replace(/[^/\\]+$/, '.$&'));
    return true;
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return false;
  }
}

/** What waits to be picked up, and the paths to clear once it was. */
export interface Waiting {
  readonly sets: readonly Environment[];
  readonly paths: readonly string[];
}

/** Looks into every place; one that is out of this user's reach, or somebody else's, is neither read nor cleared. */
export function waitingIn(paths: Paths, name: string): Waiting {
  const found = [...paths.recovery, ...leftovers(paths)].flatMap((place) => readWaiting(place, name));
  return { sets: found.flatMap(({ set }) => set ?? []), paths: found.map(({ place }) => place) };
}

/** A text that is no token set is the room that a killed process left: there to be cleared. */
function readWaiting(place: string, name: string): { place: string; set?: Environment }[] {
  if (!fs.existsSync(place)) return []; // as nearly always, and cheaper than an error
  const text = readable(place);
  if (text === undefined) return [];
  try {
    return [{ place, set: parseEnvironment(text, name, place) }];
  } catch (error) {
    if (error instanceof Failure) return [{ place }];
    throw error;
  }
}

function readable(place: string): string | undefined {
  try {
    return readTrusted(place);
  } catch (error) {
    if (error instanceof Failure || systemCode(error) !== undefined) return undefined;
    throw error;
  }
}

/** The newest of some token sets, if it is newer than the file's and of the same app. */
export function newestSuccessor(sets: readonly Environment[], current: Environment): Changes | undefined {
  const successors = sets.filter((found) => isSuccessor(found, current));
  const newest = successors.toSorted((a, b) => generationOf(b) - generationOf(a))[0];
  return newest && Object.fromEntries(tokenKeys.map((key) => [key, valueOf(newest, key)]));
}

/** Clears what was picked up, or overtaken. */
export function clearRecovery({ paths }: Waiting): void {
  for (const place of paths) tolerate(() => fs.rmSync(place, { force: true }));
}

function isSuccessor(found: Environment, current: Environment): boolean {
  const isSameApp = valueOf(found, 'client_id') === valueOf(current, 'client_id');
  return isSameApp && valueOf(found, 'access_token') !== '' && generationOf(found) > generationOf(current);
}

function realPath(file: string): string {
  try {
    return fs.realpathSync.native(file);
  } catch {
    return path.resolve(file); // not there yet, or not reachable: reading it will say so
  }
}
