import { Failure, invalid, systemCode } from '../../errors';
import { isPassing, obstacleOf } from './in-the-way';
import { shellQuoted } from '../../text/shell';

export function tracked(file: string, name: string): Failure {
  return invalid(
    'tracked_by_git',
    `${file} is tracked by git, so its tokens would be committed`,
    `take it out: git rm --cached ${shellQuoted(file)}, commit, then run again; if it was pushed: npx evergrant revoke ${name}`,
  );
}

export async function whenWritable(file: string, write: () => unknown): Promise<void> {
  try {
    await write();
  } catch (error) {
    throw cannotWrite(file, error);
  }
}

export function cannotWrite(file: string, error: unknown): Failure {
  const { path: inTheWay, code, hint } = obstacleOf(error, file);
  const isOther = ['EACCES', 'EPERM'].includes(code) && inTheWay !== file;
  const message = `cannot write ${file} (${code}${isOther ? `: ${inTheWay} is in the way` : ''}); nothing was spent`;
  const kind = isPassing(code) ? 'temporary_failure' : 'invalid';
  return new Failure(kind, 'not_writable', message, `${hint}, then run again`, { cause: error });
}

export function notSaved(name: string, file: string, recovery: string | undefined, cause: unknown): Failure {
  const why = systemCode(cause) ?? 'it reads back differently';
  const where = recovery === undefined ? 'and nowhere else either' : `they are in ${recovery}`;
  return new Failure(
    'not_saved',
    'not_saved',
    `new tokens for ${name} could not be saved in ${file} (${why}); ${where}`,
    `make the file writable, then run again, which takes them over first: npx evergrant refresh ${name}`,
    { cause },
  );
}

/** The tokens are in the file, but could be lost in a power cut. */
export function notSettled(name: string, file: string, copy: string | undefined, cause: unknown): Failure {
  const where = copy === undefined ? '' : `; a copy is in ${copy}`;
  const why = systemCode(cause) ?? 'unknown';
  return new Failure(
    'not_saved',
    'not_settled',
    `new tokens for ${name} are in ${file}, but its disk has not confirmed that they stay (${why})${where}`,
    `see to the disk, then run again: npx evergrant refresh ${name}`,
    { cause },
  );
}
