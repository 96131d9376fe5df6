import fs from 'node:fs';
import path from 'node:path';
import { Failure, invalid, systemCode } from '../../errors';
import { rootOrder } from '../../owner/root-order';
import type { EnvVariables } from '../settings';
import { readTrusted, refuseForeign, refuseForeignLink } from './trust';

/**
 * The process's variables over those of `.env` in the working folder.
 * @throws Failure `invalid` when there is a `.env` that can't be read, or that another user may have written: it names
 * commands that are run, and the secret that is sent
 */
export function envVariablesOf(variables: EnvVariables, folder: string): EnvVariables {
  const fromFile = readDotEnv(path.join(folder, '.env'));
  const set = Object.entries(variables).filter(([, value]) => value !== undefined && value !== '');
  return { ...fromFile, ...Object.fromEntries(set) };
}

function readDotEnv(file: string): EnvVariables {
  try {
    const text = readBelieved(file);
    return text === undefined ? {} : (require('dotenv') as typeof import('dotenv')).parse(text);
  } catch (error) {
    if (error instanceof Failure) throw error;
    if (systemCode(error) === 'EACCES' && rootOrder() !== undefined) return {}; // root has read its own, and passed it on
    throw invalid(
      'unreadable',
      `cannot read ${file} (${systemCode(error) ?? 'unknown'})`,
      `let this user read it: chmod u+r ${file}`,
      error,
    );
  }
}

/** What `.env` in a folder says where it is root's own, for a run that root starts as somebody else. */
export function ownDotEnv(folder: string): EnvVariables {
  const file = path.join(folder, '.env');
  return fs.lstatSync(file, { throwIfNoEntry: false })?.uid === 0 ? readDotEnv(file) : {};
}

/** Deployments link `.env` to where they keep it: a link of this user's or root's counts, and what it leads to. */
function readBelieved(file: string): string | undefined {
  const stat = fs.lstatSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  if (stat.isFIFO()) return readPipe(file, stat);
  if (!stat.isSymbolicLink()) return readTrusted(file);
  refuseForeignLink(stat, file);
  return readTrusted(fs.realpathSync(file));
}

/** Managers of secrets serve `.env` through a pipe. */
function readPipe(file: string, stat: fs.Stats): string {
  refuseForeign(stat, file);
  return fs.readFileSync(file, 'utf8');
}
