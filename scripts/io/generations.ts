import fs from 'node:fs';
import path from 'node:path';
import { parseEnvironment, valueOf, type Environment } from '../core/environment';
import { grantOf } from '../core/grant';
import { Failure } from '../errors';
import { tolerate } from './durable';
import type { Places } from './places';

const kept = 5;
const pattern = /^generation-(\d+)\.json$/;

/**
 * Keeps a copy of a token set just saved, of the one before it if that came from elsewhere, and of the three before them.
 * A copy that can't be made costs nothing: the tokens are in the file by then.
 */
export function keepGenerations({ folder }: Places, saved: Environment, previous: Environment): void {
  tolerate(() => {
    fs.writeFileSync(fileOf(folder, numberOf(saved)), saved.text, { mode: 0o600 });
    const earlier = fileOf(folder, numberOf(previous));
    if (valueOf(previous, 'access_token') !== '' && !fs.existsSync(earlier)) {
      fs.writeFileSync(earlier, previous.text, { mode: 0o600 });
    }
    for (const old of listGenerations(folder).slice(kept)) fs.rmSync(fileOf(folder, old), { force: true });
  });
}

/** The token sets that are kept, newest first; a copy that a crash cut short is none. */
export function readGenerations({ folder }: Places, name: string): Environment[] {
  return listGenerations(folder).flatMap((generation) => {
    const file = fileOf(folder, generation);
    try {
      return [parseEnvironment(fs.readFileSync(file, 'utf8'), name, file)];
    } catch (error) {
      if (error instanceof Failure) return [];
      throw error;
    }
  });
}

/** Moves a file that can't be read as an environment out of the way, for a person to look at. */
export function keepAside({ file, folder }: Places): void {
  if (!fs.existsSync(file)) return;
  fs.renameSync(file, path.join(folder, `spoilt-${new Date().toISOString().replaceAll(':', '')}.json`));
}

/** The generations that are kept, newest first. */
export function listGenerations(folder: string): number[] {
  const files = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  const generations = files.flatMap((file) => pattern.exec(file)?.[1] ?? []).map(Number);
  return generations.sort((a, b) => b - a);
}

function fileOf(folder: string, generation: number): string {
  return path.join(folder, `generation-${generation}.json`);
}

function numberOf(environment: Environment): number {
  return grantOf(environment, new Date(0)).generation;
}
