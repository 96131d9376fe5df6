import fs from 'node:fs';
import path from 'node:path';
import type { Outside } from '../core/settings';
import { invalid, systemCode } from '../errors';

/**
 * The process's variables over those of `.env` in the working folder.
 * @throws Failure `invalid` when there is a `.env` that can't be read
 */
export function outsideOf(variables: Outside, folder: string): Outside {
  const fromFile = readDotEnv(path.join(folder, '.env'));
  const set = Object.entries(variables).filter(([, value]) => value !== undefined && value !== '');
  return { ...fromFile, ...Object.fromEntries(set) };
}

function readDotEnv(file: string): Outside {
  try {
    const text = fs.readFileSync(file);
    return (require('dotenv') as typeof import('dotenv')).parse(text);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return {};
    throw invalid(
      'unreadable',
      `cannot read ${file} (${systemCode(error)})`,
      `let this user read it: chmod u+r ${file}`,
      error,
    );
  }
}
