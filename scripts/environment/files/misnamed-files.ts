import fs from 'node:fs';
import path from 'node:path';
import { invalid, type Failure } from '../../errors';
import { shellQuoted } from '../../text/shell';
import { isName, nameNear } from '../names';

export const ending = '.postman_environment.json';

/** A file with a name that Postman, a browser or a file manager gave it; its contents may be an environment. */
export interface Misnamed {
  readonly file: string;
  /** The part of the name before Postman's ending. */
  readonly stem: string;
  /** A valid name for it that no other file has or is suggested. */
  readonly suggested: string;
}

/** The stem of an environment file's name, and whether it is a valid name or must be changed first. */
export function nameIn(file: string): { readonly stem: string; readonly isOurs: boolean } | undefined {
  const found = /^(.+?)\.postman_environment(.*)\.json(?:\.txt)?$/isu.exec(file.normalize('NFC'));
  if (found === null || file.startsWith('.')) return undefined;
  const stem = `${found[1] ?? ''}${found[2] ?? ''}`;
  if (/\.template$/i.test(stem)) return undefined;
  return { stem, isOurs: file === `${stem}${ending}` && isName(stem) };
}

/** The misnamed files of a folder, in order; empty when the folder can't be read, which is reported elsewhere. */
function misnamedIn(folder: string): Misnamed[] {
  const found = filesOf(folder).map((file) => ({ file, name: nameIn(file) }));
  const taken = new Set(found.flatMap(({ name }) => (name?.isOurs === true ? [name.stem] : [])));
  return found.flatMap(({ file, name }) => {
    if (name === undefined || name.isOurs) return [];
    const suggested = freeName(nameNear(name.stem), taken);
    taken.add(suggested);
    return [{ file, stem: name.stem, suggested }];
  });
}

/** The misnamed file that a person means by its file name, its name in Postman, or the suggested name. */
export function misnamedAs(folder: string, meant: string): Misnamed | undefined {
  const wanted = meant.normalize('NFC').toLowerCase();
  const all = misnamedIn(folder);
  return (
    all.find(({ file }) => file === meant || file === `${meant}${ending}`) ??
    all.find(({ file, stem }) => [file.normalize('NFC'), stem].some((name) => name.toLowerCase() === wanted)) ??
    all.find(({ suggested }) => suggested === meant)
  );
}

/** The failure that names the file, and the command that renames it. */
export function misnamedFile(folder: string, { file, stem, suggested }: Misnamed): Failure {
  const from = shellQuoted(path.join(folder, file));
  const to = shellQuoted(path.join(folder, `${suggested}${ending}`));
  const isNumbered = suggested !== nameNear(stem);
  const other = isNumbered ? ` (${nameNear(stem)} is another file's name: see which of them is in use)` : '';
  return invalid(
    'bad_name',
    `${from} is not used: a file's name is small letters, digits, dot, dash and underscore${other}`,
    `rename it: mv ${from} ${to}`,
  );
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  for (let number = 2, free = name; ; number++) {
    if (!taken.has(free)) return free;
    free = `${name}-${number}`;
  }
}

function filesOf(folder: string): string[] {
  try {
    return fs.readdirSync(folder).sort();
  } catch {
    return []; // only for a hint; reading the folder itself reports the fault
  }
}
