import fs from 'node:fs';
import path from 'node:path';
import { parseEnvironment, valueOf, type Changes, type Environment } from '../core/environment';
import { grantOf, tokenKeys } from '../core/grant';
import { Failure, systemCode } from '../errors';
import { tolerate, writeDurably } from './durable';

/** Where everything of one environment file is. All of it is keyed to the real file, behind any links. */
export interface Places {
  readonly file: string;
  /** The environment's own folder inside `.evergrant`, which git ignores. */
  readonly folder: string;
  readonly lock: string;
  readonly temporary: string;
  /** The room for the next token set; complete, it is as good as a recovery file. */
  readonly next: string;
  /** Where a token set may wait to be picked up, best place first. */
  readonly recovery: readonly string[];
  /** Whether there is anything in one of these places. */
  isWaiting(): boolean;
}

export function placesOf(file: string, stateFolder: string): Places {
  const real = realPath(file);
  const [parent, base] = [path.dirname(real), path.basename(real)];
  const folder = path.join(parent, '.evergrant', base);
  const next = path.join(parent, `.${base}.next`);
  const near = path.join(parent, `.${base}.recovery`);
  const far = (): string => path.join(stateFolder, `${base}.${keyOf(real)}.recovery`);
  return {
    file: real,
    folder,
    lock: path.join(folder, 'lock'),
    temporary: path.join(parent, `.${base}.tmp`),
    next,
    get recovery() {
      return [near, far(), next];
    },
    isWaiting: () => [near, next].some(fs.existsSync) || (fs.existsSync(stateFolder) && fs.existsSync(far())),
  };
}

/** Tells environments of one name apart in the state folder, which hardly anybody has: loaded only then. */
function keyOf(file: string): string {
  return (require('../core/fingerprint') as typeof import('../core/fingerprint')).fingerprint(file, 16);
}

/** Makes the environment's own folder, and keeps git away from it wherever it lies. */
export function prepareFolder({ folder }: Places): void {
  prepareKeep(path.dirname(folder));
  if (!fs.existsSync(folder)) fs.mkdirSync(folder, { mode: 0o700 });
}

/** Makes the folder for what is kept beside environments, `.evergrant`, for this user's eyes and not for git's. */
export function prepareKeep(keep: string): void {
  const ignore = path.join(keep, '.gitignore');
  if (!fs.existsSync(keep)) fs.mkdirSync(keep, { recursive: true, mode: 0o700 });
  if (!fs.existsSync(ignore)) fs.writeFileSync(ignore, '*\n');
}

/** Writes a token set to the first place that takes it, and says where; undefined when none does. `next` is the caller's. */
export function writeRecovery({ recovery, next }: Places, text: string): string | undefined {
  return recovery
    .filter((place) => place !== next)
    .find((place) => {
      try {
        fs.mkdirSync(path.dirname(place), { recursive: true, mode: 0o700 });
        writeDurably(place, text, `${place}.tmp`);
        return true;
      } catch {
        return false; // the next place may do; the caller reports the first cause
      }
    });
}

/** The newest token set that waits to be picked up, if it is newer than the file's and of the same app. */
export function pickUp({ recovery }: Places, current: Environment, name: string): Changes | undefined {
  const waiting = recovery.flatMap((place) => readWaiting(place, name)).filter((found) => isSuccessor(found, current));
  const newest = waiting.toSorted((a, b) => generationOf(b) - generationOf(a))[0];
  return newest && Object.fromEntries(tokenKeys.map((key) => [key, valueOf(newest, key)]));
}

function readWaiting(place: string, name: string): Environment[] {
  if (!fs.existsSync(place)) return []; // as nearly always, and cheaper than an error
  try {
    return [parseEnvironment(fs.readFileSync(place, 'utf8'), name, place)];
  } catch (error) {
    // Gone by now, out of this user's reach, or the unwritten room that a killed process left: no token set.
    if (error instanceof Failure || systemCode(error) !== undefined) return [];
    throw error;
  }
}

/** Clears what was picked up, or overtaken; what is out of reach was not read either. */
export function clearRecovery({ recovery }: Places): void {
  for (const place of recovery) if (fs.existsSync(place)) tolerate(() => fs.rmSync(place, { force: true }));
}

function isSuccessor(found: Environment, current: Environment): boolean {
  const isSameApp = valueOf(found, 'client_id') === valueOf(current, 'client_id');
  return isSameApp && valueOf(found, 'access_token') !== '' && generationOf(found) > generationOf(current);
}

function generationOf(environment: Environment): number {
  return grantOf(environment, new Date(0)).generation;
}

function realPath(file: string): string {
  try {
    return fs.realpathSync.native(file);
  } catch {
    return path.resolve(file); // not there yet, or not reachable: reading it will say so
  }
}
