import path from 'node:path';
import { Failure } from '../../errors';
import type { Elsewhere } from '../../terminal/elsewhere';
import { environmentFile, resolveEnvironment } from './files';
import { isSameFolder } from './paths';

/** Where an environment is, when it was given by a path and its name would not find it in this folder. */
export function elsewhereFrom(folder: string, given: string): Elsewhere | undefined {
  const { name, file } = resolvedIn(folder, given) ?? { name: given, file: given };
  if (name === given) return undefined;
  const home = path.dirname(file);
  const isByName = path.basename(file) === path.basename(environmentFile(home, name));
  if (isByName && isSameFolder(home, folder)) return undefined;
  return { name, file: path.resolve(file), folder: isByName ? path.resolve(home) : undefined };
}

/** Undefined for what is no name, which is refused where it is used. */
function resolvedIn(folder: string, given: string): { name: string; file: string } | undefined {
  try {
    return resolveEnvironment(folder, given);
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}
