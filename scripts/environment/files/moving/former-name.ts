import fs from 'node:fs';
import path from 'node:path';
import { Failure, systemCode } from '../../../errors';
import { isName } from '../../names';
import { ending } from '../misnamed-files';
import { readTrusted } from '../trust';

/** The note in the folder of a name that an environment had: the name that it has been given. */
export const renamedTo = 'renamed-to';
/** The note in the folder of a name while its environment is being renamed to it. */
export const renamedFrom = 'renamed-from';

/** Longer chains than this are a circle. */
const mostNames = 100;

/** The name that an environment has now, by a name that it had; undefined for a name that none had, or one has. */
export function currentName(folder: string, name: string): string | undefined {
  let now = name;
  for (let count = 0; count < mostNames; count++) {
    if (fs.existsSync(path.join(folder, `${now}${ending}`))) return count === 0 ? undefined : now;
    const next = noteIn(path.join(folder, '.evergrant', `${now}${ending}`), renamedTo);
    if (next === undefined) return undefined;
    now = next;
  }
  return undefined;
}

/** The name in a note; undefined where there is none that can be believed. */
export function noteIn(folder: string, note: string): string | undefined {
  try {
    const text = readTrusted(path.join(folder, note))?.trim() ?? '';
    return isName(text) ? text : undefined;
  } catch (error) {
    if (error instanceof Failure || systemCode(error) !== undefined) return undefined;
    throw error;
  }
}
