import fs from 'node:fs';
import path from 'node:path';
import { Failure, systemCode } from '../../errors';
import { has, type Environment, type SealingOf } from '../environment';
import { parseEnvironment } from '../parse';
import { generationOf } from '../grant';
import { tolerate, writeDurably } from '../disk/atomic-write';
import { filesIn, temporaryIn, type Paths } from './paths';
import { readTrusted } from './trust';

const kept = 5;
const pattern = /^generation-(\d+)\.json$/;

/**
 * Keeps a copy of a token set just saved, of the previous one if something else saved it, and of the three before
 * these. A copy that can't be made is no failure, because the tokens are already in the file.
 */
export function keepGenerations({ folder }: Paths, saved: Environment, previous: Environment): void {
  tolerate(() => {
    keep(folder, saved);
    const isMissing = !fs.existsSync(fileOf(folder, generationOf(previous)));
    if (has(previous, 'access_token') && isMissing) keep(folder, previous);
    for (const old of listGenerations(folder).slice(kept)) fs.rmSync(fileOf(folder, old), { force: true });
  });
}

/** Keeps a copy that survives a power cut. @throws system errors */
export function keepDurably({ folder }: Paths, held: Environment): void {
  writeDurably(fileOf(folder, generationOf(held)), held.text, temporaryIn(folder, 'tmp'));
}

/** Writes a temporary file and renames it, so that a link at the place is replaced and not followed. */
function keep(folder: string, environment: Environment): void {
  const temporary = temporaryIn(folder, 'tmp');
  try {
    fs.writeFileSync(temporary, environment.text, { mode: 0o600, flag: 'wx' });
    fs.renameSync(temporary, fileOf(folder, generationOf(environment)));
  } catch (error) {
    tolerate(() => fs.rmSync(temporary, { force: true }));
    throw error;
  }
}

/** The environment that a text is kept for. */
export interface KeptOf {
  readonly name: string;
  readonly sealing: SealingOf;
}

/** The kept token sets of generations after this one, newest first; a copy cut off by a crash is left out. */
export function readGenerations({ folder }: Paths, kept: KeptOf, after: number): Environment[] {
  const wanted = listGenerations(folder).filter((generation) => generation > after);
  return wanted.flatMap((generation) => readKept(fileOf(folder, generation), kept) ?? []);
}

/** A kept token set; undefined when the file is none, can't be read by this user, or may be written by another user. */
export function readKept(file: string, { name, sealing }: KeptOf): Environment | undefined {
  try {
    return parseEnvironment(readTrusted(file) ?? '', name, file, sealing);
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
