import fs from 'node:fs';
import path from 'node:path';
import { Failure, invalid, systemCode } from '../../errors';
import { readGiven } from '../../given-file';
import { rootOrder } from '../../owner/root-order';
import { shellQuoted } from '../../text/shell';
import type { EnvVariables } from '../settings';
import { letRead } from './in-the-way';
import { readTrusted, refuseForeign, refuseForeignLink } from './trust';

/**
 * The process's variables, then those of `.env` in each of these folders; the first that sets one counts.
 * @throws Failure `invalid` when there is a `.env` that can't be read, or that another user may have written: it names
 * commands to run and the secret to send
 */
export function envVariablesOf(variables: EnvVariables, folders: readonly string[]): EnvVariables {
  const fromFiles = filesIn(folders).map(readDotEnv).toReversed();
  const set = Object.entries(variables).filter(([, value]) => value !== undefined && value !== '');
  return Object.assign({}, ...fromFiles, Object.fromEntries(set)) as EnvVariables;
}

/** A `.env` that is there. */
export interface DotEnvFile {
  readonly file: string;
  /** The variables of this program that it sets, and neither the process nor an earlier file. */
  readonly names: readonly string[];
  /** Those that it sets in vain: they are read from the process alone. */
  readonly ignored: readonly string[];
  /** How to take it from other users who can read it; undefined when none can. */
  readonly closedBy: string | undefined;
}

/** The `.env` files of these folders, in the order in which they count. @throws Failure as {@link envVariablesOf} */
export function dotEnvFiles(variables: EnvVariables, folders: readonly string[]): DotEnvFile[] {
  const set = new Set(Object.keys(variables).filter((name) => (variables[name] ?? '') !== ''));
  return filesIn(folders)
    .filter((file) => fs.existsSync(file))
    .map((file) => {
      const found = Object.keys(readDotEnv(file)).filter(isOurs);
      const ignored = found.filter((name) => processOnly.includes(name));
      const names = found.filter((name) => !set.has(name) && !ignored.includes(name));
      for (const name of names) set.add(name);
      return { file, names, ignored, closedBy: closedBy(file) };
    });
}

/** Keys that seal, and the command that prints them. */
const processOnly = ['EVERGRANT_KEY', 'EVERGRANT_KEY_COMMAND'];

function isOurs(name: string): boolean {
  return /^(XERO|EVERGRANT)_/.test(name);
}

/**
 * How to take a file from other users who can read it; undefined when none can. Another group than this user's may
 * have been let in on purpose, where the file is root's.
 */
export function closedBy(file: string): string | undefined {
  const { mode, uid } = fs.statSync(file);
  if (process.geteuid === undefined) return undefined; // Windows protects files by other means
  const isOwn = uid === process.geteuid();
  if ((mode & (isOwn ? othersRead | groupReads : othersRead)) === 0) return undefined;
  return isOwn ? `chmod 600 ${shellQuoted(file)}` : `sudo chmod o-r ${shellQuoted(file)}`;
}

const [groupReads, othersRead] = [0o040, 0o004];

/** Each file once: a second look at a pipe would wait for ever. */
function filesIn(folders: readonly string[]): string[] {
  return [...new Set(folders.map((folder) => path.resolve(folder, '.env')))];
}

function readDotEnv(file: string): EnvVariables {
  try {
    const text = readBelieved(file);
    return text === undefined ? {} : (require('dotenv') as typeof import('dotenv')).parse(text);
  } catch (error) {
    if (error instanceof Failure) throw error;
    if (systemCode(error) === 'EACCES' && rootOrder() !== undefined) return {}; // root has passed its variables on
    throw unreadable(file, error);
  }
}

function unreadable(file: string, error: unknown): Failure {
  const code = systemCode(error) ?? 'unknown';
  const hints: Readonly<Record<string, string>> = {
    EISDIR: 'put a file in the place of the folder, or take it away',
    ENOENT: `look where the link leads, then: rm ${shellQuoted(file)}`,
  };
  return invalid('unreadable', `cannot read ${file} (${code})`, hints[code] ?? letRead(file), error);
}

/** The variables of a folder's `.env` that root owns, for a run that root starts as another user. */
export function ownDotEnv(folder: string): EnvVariables {
  const file = path.join(folder, '.env');
  return fs.lstatSync(file, { throwIfNoEntry: false })?.uid === 0 ? readDotEnv(file) : {};
}

/** Reads a trusted file with settings. Deployments often link it elsewhere, so a link of this user's or root's is followed. */
export function readBelieved(file: string): string | undefined {
  const stat = statOf(file);
  if (stat === undefined) return undefined;
  if (stat.isFIFO()) return readPipe(file, stat);
  if (!stat.isSymbolicLink()) return readTrusted(file);
  refuseForeignLink(stat, file);
  return readTrusted(fs.realpathSync(file));
}

/** Undefined for no file, and in a folder that can't be entered: that is said by whoever needs the environments in it. */
function statOf(file: string): fs.Stats | undefined {
  try {
    return fs.lstatSync(file, { throwIfNoEntry: false });
  } catch (error) {
    if (systemCode(error) === 'EACCES') return undefined;
    throw error;
  }
}

const mostPipedBytes = 1024 * 1024;

/** Reads a pipe: secret managers serve `.env` through one. */
function readPipe(file: string, stat: fs.Stats): string {
  refuseForeign(stat, file);
  return readGiven(file, mostPipedBytes).toString('utf8');
}
