import fs from 'node:fs';
import path from 'node:path';
import { Failure, invalid, quoted, systemCode } from '../../errors';
import { ownShare } from '../../owner/root-order';
import { similarTo } from '../../text/similar';
import { valueOf, type Environment, type SealingOf } from '../environment';
import { parseEnvironment } from '../parse';
import { isName, nameNear } from '../names';
import { letRead } from './in-the-way';
import { currentName } from './moving/former-name';
import { isSameFolder, realPath } from './paths';
import { ending, misnamedAs, nameIn, misnamedFile } from './misnamed-files';

export { isName } from '../names';

const templateEnding = `.template${ending}`;

/** A Postman environment has a few kilobytes; a file over this limit is something else. */
const largestFileBytes = 4 * 1024 * 1024;

/** Lets a pipe be opened, and refused, though nobody writes to it. Windows has no such flag. */
const atOnce = process.platform === 'win32' ? 0 : fs.constants.O_NONBLOCK;

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function templateFile(folder: string, appType: string): string {
  return path.join(folder, `${appType}${templateEnding}`);
}

export function environmentFile(folder: string, name: string): string {
  return path.join(folder, `${name}${ending}`);
}

/**
 * The names of a folder's environments, sorted. A file with an invalid name is listed by its file name; {@link
 * resolveEnvironment} refuses it and says how to rename it, so that no file is skipped silently. A link to another one of them
 * is no environment of its own.
 * @throws Failure `invalid` when the folder cannot be read
 */
export function listEnvironments(folder: string): string[] {
  try {
    const all = fs.readdirSync(folder, { withFileTypes: true });
    const own = all.filter((one) => !(one.isSymbolicLink() && isSecondName(folder, one.name)));
    const files = own.map(({ name }) => name);
    return ownShare(files, (file) => path.join(folder, file))
      .flatMap((file) => calledIn(file) ?? [])
      .sort();
  } catch (error) {
    const code = systemCode(error) ?? 'unreadable';
    throw invalid(
      'no_folder',
      `cannot read the folder ${folder} (${code})`,
      code === 'EACCES'
        ? letRead(folder)
        : 'say where the environments are by --environments DIR, or make one: npx evergrant init NAME',
      error,
    );
  }
}

/** An empty folder is a mistake or a missing mount; a job that finds no environment must not succeed. */
export function noEnvironments(folder: string): Failure {
  return invalid(
    'no_environments',
    `no environment file in ${folder}`,
    'mount it if it should be elsewhere, say where they are by --environments DIR, or make one: npx evergrant init NAME',
  );
}

function calledIn(file: string): string | undefined {
  const name = nameIn(file);
  return name?.isOurs === false ? file : name?.stem;
}

/** Whether a link leads to another environment of its folder. */
function isSecondName(folder: string, link: string): boolean {
  const real = path.parse(realPath(path.join(folder, link)));
  return real.base !== link && isSameFolder(real.dir, folder) && calledIn(real.base) !== undefined;
}

/** The file for NAME, which is an environment's name or a path to its file. @throws Failure `invalid` */
export function resolveEnvironment(folder: string, nameOrPath: string): { name: string; file: string } {
  const isPath = isPathLike(nameOrPath);
  const name = isPath ? path.basename(nameOrPath).replace(/(\.postman_environment)?\.json$/, '') : nameOrPath;
  if (!isName(name)) throw misnamed(folder, nameOrPath) ?? noName(name, isPath ? path.dirname(nameOrPath) : folder);
  return { name, file: isPath ? nameOrPath : environmentFile(folder, name) };
}

/** The folder of an environment: this one, or that of a path. */
export function folderOf(folder: string, nameOrPath: string): string {
  return isPathLike(nameOrPath) ? path.dirname(nameOrPath) : folder;
}

function isPathLike(nameOrPath: string): boolean {
  return /[\\/]|\.json$/.test(nameOrPath);
}

/** The failure for a file that still has the name that Postman gave it; undefined when there is none. */
function misnamed(folder: string, nameOrPath: string): Failure | undefined {
  const places = /[\\/]/.test(nameOrPath) ? [path.dirname(nameOrPath)] : [folder, '.'];
  for (const place of places) {
    const found = misnamedAs(place, path.basename(nameOrPath));
    if (found !== undefined) return misnamedFile(place, found);
  }
  return undefined;
}

/** @throws Failure `invalid` unless an environment may have this name */
export function checkName(name: string): void {
  if (!isName(name)) throw noName(name);
}

function noName(name: string, folder?: string): Failure {
  const shown = quoted(name);
  const example = shown === `"${name}"` ? nameNear(name) : 'acme-books';
  return invalid(
    'bad_name',
    `${shown} is no name for an environment`,
    `${didYouMean(name, folder)}names are small letters, digits, dot, dash and underscore, as in ${example}`,
  );
}

const mostSuggestions = 3;

/** `did you mean acme? `, when the folder has an environment with such a name; otherwise ''. */
function didYouMean(name: string, folder: string | undefined): string {
  const similar = similarTo(name, namesBeside(folder)).slice(0, mostSuggestions);
  return similar.length === 0 ? '' : `did you mean ${similar.join(' or ')}? `;
}

/** The names that may be suggested; none from a folder that can't be read, which is not what the failure is about. */
function namesBeside(folder: string | undefined): string[] {
  try {
    return folder === undefined ? [] : listEnvironments(folder).filter(isName);
  } catch (error) {
    if (error instanceof Failure) return [];
    throw error;
  }
}

/**
 * Reads a file that should be an environment.
 * @throws Failure `invalid`, with a code for each reason
 */
export function readEnvironmentText(file: string, name: string, largestBytes = largestFileBytes): string {
  try {
    return decode(readPlain(file, largestBytes), file);
  } catch (error) {
    throw unreadable(error, file, name);
  }
}

function readPlain(file: string, largestBytes: number): Buffer {
  const descriptor = fs.openSync(file, fs.constants.O_RDONLY | atOnce);
  try {
    const stat = fs.fstatSync(descriptor);
    if (!stat.isFile() && !stat.isDirectory()) throw notPlain(file);
    if (stat.size <= largestBytes) return fs.readFileSync(descriptor);
    const megabytes = Math.round(stat.size / 1048576);
    throw invalid(
      'too_large',
      `${file} is no environment: it has ${megabytes} MB`,
      `put a Postman environment export at ${file}`,
    );
  } finally {
    fs.closeSync(descriptor);
  }
}

function notPlain(file: string): Failure {
  return invalid('not_a_file', `${file} is no plain file`, `put a Postman environment export at ${file}`);
}

/** Reads one environment file any number of times; if the text is the same as last time, it is not parsed again. */
export function environmentReader(
  name: string,
  file: string,
  sealing: SealingOf,
  home = path.dirname(file),
): EnvironmentReader {
  let last: Environment | undefined;
  const parse = (text: string): Environment => {
    if (last?.text !== text) last = parseEnvironment(text, name, file, sealing);
    return withApp(last, home);
  };
  return { name, file, sealing, parse, read: () => parse(readEnvironmentText(file, name)) };
}

/** The environment with the app that its row `app` names, whose file is in this folder. A row that is no name is the user's. */
function withApp(environment: Environment, folder: string): Environment {
  const app = valueOf(environment, 'app');
  if (!isName(app)) return environment;
  const { appIn } = require('./apps/app-file') as typeof import('./apps/app-file');
  return { ...environment, app: appIn(folder, app) };
}

export interface EnvironmentReader {
  readonly name: string;
  readonly file: string;
  readonly sealing: SealingOf;
  /** @throws Failure `invalid` */
  read(): Environment;
  /** @throws Failure `invalid` */
  parse(text: string): Environment;
}

/** Decodes strictly, because a byte that is not UTF-8 would be changed when the file is written. */
function decode(bytes: Buffer, file: string): string {
  try {
    return strictUtf8.decode(bytes);
  } catch (error) {
    throw invalid('not_utf8', `${file} is not UTF-8 text`, `save it as UTF-8, or export it from Postman again`, error);
  }
}

function unreadable(error: unknown, file: string, name: string): unknown {
  const code = systemCode(error);
  if (code === undefined) return error;
  if (code === 'ENOENT' && fs.lstatSync(file, { throwIfNoEntry: false }) !== undefined) {
    return invalid('dangling_link', `${file} is a link to a file that is not there`, 'mend or remove the link', error);
  }
  const other = code === 'ENOENT' ? misnamedAs(path.dirname(file), name) : undefined;
  if (other !== undefined) return misnamedFile(path.dirname(file), other);
  const now = code === 'ENOENT' ? currentName(path.dirname(file), name) : undefined;
  if (now !== undefined) return wasRenamed(name, now);
  if (code === 'ENOENT')
    return invalid(
      'no_environment',
      `there is no environment ${name} (${file})`,
      `${didYouMean(name, path.dirname(file))}make it: npx evergrant init ${name}`,
      error,
    );
  if (code === 'ENXIO') return notPlain(file); // a socket
  if (code === 'EISDIR') return invalid('a_folder', `${file} is a folder`, 'name an environment or its file', error);
  return invalid('unreadable', `cannot read ${file} (${code})`, letRead(file), error);
}

function wasRenamed(name: string, now: string): Failure {
  return invalid(
    'renamed',
    `${name} was renamed: it is ${now} now`,
    `use that name, as in npx evergrant status ${now}`,
  );
}
