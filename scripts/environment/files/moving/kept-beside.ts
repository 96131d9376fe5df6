import path from 'node:path';
import type { Environment } from '../../environment';
import { readGenerations, readKept, type KeptOf } from '../generations';
import { postponedIn, readLockNote } from '../lock';
import { filesIn, pathsOf } from '../paths';
import { currentName } from './former-name';

/** What is kept beside an environment's file, for another store to have. */
export interface KeptBeside {
  /** Its kept token sets, newest first. */
  readonly generations: readonly Environment[];
  readonly pending: Environment | undefined;
  /** Newest first. */
  readonly refused: readonly Environment[];
  readonly usedCodes: readonly string[];
  readonly postponedUntil: Date | null;
  readonly formerNames: readonly string[];
}

/** Read while the file is locked. */
export function keptBeside(kept: KeptOf, file: string, stateFolder: string): KeptBeside {
  const { name } = kept;
  const paths = pathsOf(file, stateFolder);
  const refused = filesIn(paths.folder).filter((one) => /^refused-[\dTZ.-]+\.json$/.test(one));
  const note = readLockNote(paths.lock);
  return {
    generations: readGenerations(paths, kept, -1),
    pending: readKept(paths.pending, kept),
    refused: refused
      .toSorted()
      .toReversed()
      .flatMap((one) => readKept(path.join(paths.folder, one), kept) ?? []),
    usedCodes: note.usedCodes,
    postponedUntil: postponedIn(note),
    formerNames: formerNames(name, file),
  };
}

/** The names that it had, by the notes that renaming leaves. */
function formerNames(name: string, file: string): string[] {
  const folder = path.dirname(file);
  const ending = '.postman_environment.json';
  const others = filesIn(path.join(folder, '.evergrant')).filter((one) => one.endsWith(ending));
  return others.map((one) => one.slice(0, -ending.length)).filter((former) => currentName(folder, former) === name);
}
