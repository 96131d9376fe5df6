import { environmentFile, listEnvironments, resolveEnvironment } from '../environment/files/files';
import { Failure } from '../errors';
import { ownerOf } from '../owner/owners';
import type { Console } from '../terminal/console';
import { isOfNone, namesIn, type CommandLine } from './command-line';
import type { Holding } from './owners-runs';

/**
 * Runs the same command as each owner of the environments, and returns the exit code of all; undefined when everything
 * is root's own. Root never works in a user's folder itself: a link there could make it write anywhere, and the user
 * could not read the files that it makes.
 * @throws Failure `invalid` when that can't be done
 */
export async function runAsOwners(line: CommandLine, console: Console): Promise<number | undefined> {
  const holdings = isOfNone(line.command) ? [] : holdingsOf(line);
  if (holdings.every(({ owner }) => owner.uid === 0)) return undefined;
  const { runForOwners } = require('./owners-runs') as typeof import('./owners-runs');
  return await runForOwners(line, holdings, console);
}

function holdingsOf({ command, folder }: CommandLine): Holding[] {
  const names = namesIn(command);
  if (names === undefined) return [];
  if (names.length > 0) return names.map((name) => ({ name, owner: ownerOf(fileOf(folder, name)) }));
  const listed = listedIn(folder).map((name) => ({ name, owner: ownerOf(environmentFile(folder, name)) }));
  return listed.length > 0 ? listed : [{ name: '', owner: ownerOf(environmentFile(folder, 'any')) }];
}

/** The file for a name; for an invalid name any file of the folder, and the command will report it. */
function fileOf(folder: string, name: string): string {
  try {
    return resolveEnvironment(folder, name).file;
  } catch (error) {
    if (error instanceof Failure) return environmentFile(folder, 'any');
    throw error;
  }
}

function listedIn(folder: string): readonly string[] {
  try {
    return listEnvironments(folder);
  } catch (error) {
    if (error instanceof Failure) return [];
    throw error;
  }
}
