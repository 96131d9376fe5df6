import fs from 'node:fs';
import path from 'node:path';
import { Failure, systemCode } from '../../errors';
import { parseEnvironment, valueOf, type Environment } from '../environment';
import { generationOf } from '../grant';
import { tolerate } from './atomic-write';
import { filesIn, temporaryIn, type Paths } from './paths';
import { readTrusted } from './trust';

const kept = 5;
const pattern = /^generation-(\d+)\.json$/;

/**
 * Keeps a copy of a token set just saved, of the one before it if that came from elsewhere, and of the three before them.
 * A copy that can't be made costs nothing: the tokens are in the file by then.
 */
export function keepGenerations({ folder }: Paths, saved: Environment, previous: Environment): void {
  tolerate(() => {
    keep(folder, saved);
    const isMissing = !fs.existsSync(fileOf(folder, generationOf(previous)));
    if (valueOf(previous, 'access_token') !== '' && isMissing) keep(folder, previous);
    for (const old of listGenerations(folder).slice(kept)) fs.rmSync(fileOf(folder, old), { force: true });
  });
}

/** By way of a file of its own making: what stands at the place, a link even, is replaced and not written through. */
function keep(folder: string, environment: Environment): void {
  const temporary = temporaryIn(folder, 'tmp');
  fs.writeFileSync(temporary, environment.text, { mode: 0o600, flag: 'wx' });
  fs.renameSync(temporary, fileOf(folder, generationOf(environment)));
}

/** The token sets that are kept of generations after this one, newest first; a copy that a crash cut short is none. */
export function readGenerations({ folder }: Paths, name: string, after: number): Environment[] {
  const wanted = listGenerations(folder).filter((generation) => generation > after);
  return wanted.flatMap((generation) => readKept(fileOf(folder, generation), name) ?? []);
}

/** Undefined for what is no token set, out of this user's reach, or may be somebody else's making. */
export function readKept(file: string, name: string): Environment | undefined {
  try {
    return parseEnvironment(readTrusted(file) ?? '', name, file);
  } catch (error) {
    if (error instanceof Failure || systemCode(error) !== undefined) return undefined;
    throw error;
  }
}

/** Moves a file that can't be read as an environment out of the way, for a person to look at. */
export function quarantine({ file, folder }: Paths): void {
  if (!fs.existsSync(file)) return;
  fs.renameSync(file, path.join(folder, `corrupt-${new Date().toISOString().replaceAll(':', '')}.json`));
}

/** The generations that are kept, newest first. */
function listGenerations(folder: string): number[] {
  const files = filesIn(folder);
  const generations = files.flatMap((file) => pattern.exec(file)?.[1] ?? []).map(Number);
  return generations.sort((a, b) => b - a);
}

function fileOf(folder: string, generation: number): string {
  return path.join(folder, `generation-${generation}.json`);
}
