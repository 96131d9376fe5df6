import fs from 'node:fs';
import path from 'node:path';
import { Failure, systemCode } from '../../errors';
import { parseEnvironment, valueOf, type Changes, type Environment } from '../environment';
import { generationOf, tokenKeys } from '../grant';
import { tolerate, writeDurably } from './atomic-write';
import { makeFolders } from './make-folders';
import { filesIn, temporaryIn, type Paths } from './paths';
import { readTrusted } from './trust';

/** What killed processes left in the environment's own folder; one that could not move its text left it complete. */
function leftovers({ folder }: Paths): readonly string[] {
  const left = filesIn(folder).filter((file) => /^[0-9a-f]{16}\.(tmp|next)$/.test(file));
  return left.map((file) => path.join(folder, file));
}

/** Writes a token set to the first place that takes it, and says where; undefined when none does. */
export function writeRecovery({ recovery }: Paths, text: string): string | undefined {
  return recovery.find((place) => writtenAt(place, text));
}

/** Whether a text is at a place now; the next place may do, and the caller reports the first cause. */
export function writtenAt(place: string, text: string): boolean {
  const folder = path.dirname(place);
  try {
    makeFolders(folder, 0o700);
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

/** A text that is no token set is the space that a killed process had preallocated: there to be cleared. */
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
