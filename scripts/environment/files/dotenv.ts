import fs from 'node:fs';
import path from 'node:path';
import { Failure, invalid, systemCode } from '../../errors';
import { rootOrder } from '../../owner/root-order';
import type { EnvVariables } from '../settings';
import { readTrusted, refuseForeign, refuseForeignLink } from './trust';

/**
 * The process's variables and those of `.env` in the working folder; the process's come first.
 * @throws Failure `invalid` when there is a `.env` that can't be read, or that another user may have written: it names
 * commands to run and the secret to send
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
    if (systemCode(error) === 'EACCES' && rootOrder() !== undefined) return {}; // root has passed its variables on
    throw invalid(
      'unreadable',
      `cannot read ${file} (${systemCode(error) ?? 'unknown'})`,
      `let this user read it: chmod u+r ${file}`,
      error,
    );
  }
}

/** The variables of a folder's `.env` that root owns, for a run that root starts as another user. */
export function ownDotEnv(folder: string): EnvVariables {
  const file = path.join(folder, '.env');
  return fs.lstatSync(file, { throwIfNoEntry: false })?.uid === 0 ? readDotEnv(file) : {};
}

/** Reads a trusted `.env`. Deployments often link it elsewhere, so a link of this user's or root's is followed. */
function readBelieved(file: string): string | undefined {
  const stat = fs.lstatSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  if (stat.isFIFO()) return readPipe(file, stat);
  if (!stat.isSymbolicLink()) return readTrusted(file);
  refuseForeignLink(stat, file);
  return readTrusted(fs.realpathSync(file));
}

/** Reads a pipe: secret managers serve `.env` through one. */
function readPipe(file: string, stat: fs.Stats): string {
  refuseForeign(stat, file);
  return fs.readFileSync(file, 'utf8');
}
