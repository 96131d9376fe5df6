import fs from 'node:fs';
import path from 'node:path';
import { invalid, type Failure } from '../../errors';
import { shellQuoted } from '../../text/shell';
import { isName, nameNear } from '../names';

export const ending = '.postman_environment.json';

/** An environment as Postman, a browser or a file manager names it: only its contents can be one of ours. */
export interface Misnamed {
  readonly file: string;
  /** What comes before Postman's ending. */
  readonly stem: string;
  /** The name that it can have: free, and another than every other file's. */
  readonly suggested: string;
}

/** What a folder's file is: an environment of ours by its name, or one that has to be renamed first. */
export function nameIn(file: string): { readonly stem: string; readonly isOurs: boolean } | undefined {
  const found = /^(.+?)\.postman_environment(.*)\.json(?:\.txt)?$/isu.exec(file.normalize('NFC'));
  if (found === null || file.startsWith('.')) return undefined;
  const stem = `${found[1] ?? ''}${found[2] ?? ''}`;
  if (/\.template$/i.test(stem)) return undefined;
  return { stem, isOurs: file === `${stem}${ending}` && isName(stem) };
}

/** The misnamed files of a folder, in order; an empty list where it can't be read, which is said elsewhere. */
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

/** The misnamed file that somebody means: by the file's name, by Postman's, or by the name that it is to have. */
export function misnamedAs(folder: string, meant: string): Misnamed | undefined {
  const wanted = meant.normalize('NFC').toLowerCase();
  const all = misnamedIn(folder);
  return (
    all.find(({ file }) => file === meant || file === `${meant}${ending}`) ??
    all.find(({ file, stem }) => [file.normalize('NFC'), stem].some((name) => name.toLowerCase() === wanted)) ??
    all.find(({ suggested }) => suggested === meant)
  );
}

/** Says which file it is, and the command that gives it a name. */
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
    return []; // for a hint only: whoever needs the folder says what is wrong with it
  }
}
