import fs from 'node:fs';
import path from 'node:path';
import { systemCode } from '../../errors';

/**
 * Makes a folder and those above it, as far as they are missing. Not by `mkdirSync(…, { recursive: true })`, which goes
 * round for ever where the system says that a folder's parent is missing though it is there, as in `/proc`.
 * @throws system errors
 */
export function makeFolders(folder: string, mode?: number): void {
  const absolute = path.resolve(folder);
  if (isFolder(absolute)) return;
  const parent = path.dirname(absolute);
  if (parent !== absolute) makeFolders(parent, mode);
  try {
    fs.mkdirSync(absolute, mode);
  } catch (error) {
    if (systemCode(error) !== 'EEXIST' || !isFolder(absolute)) throw error; // another process may have made it meanwhile
  }
}

function isFolder(place: string): boolean {
  return fs.statSync(place, { throwIfNoEntry: false })?.isDirectory() === true;
}
