import fs from 'node:fs';
import path from 'node:path';
import { isName } from '../../environment/names';
import { isTrusted, ownFolder, refuseForeign, refuseForeignLinks } from '../../environment/files/trust';
import { invalid, systemCode } from '../../errors';
import { thisUser } from '../../owner/user';
import { shellQuoted } from '../../text/shell';

/** Where token files are: one for each environment, in one folder. */
export interface TokenPlace {
  /** As a person would name it. */
  readonly pattern: string;
  /** Absolute. */
  readonly folder: string;
  /** The file for an environment. @throws Error for what is no environment's name */
  fileOf(name: string): string;
  /** The environment that a file of the folder would be for; undefined for none. */
  nameOf(file: string): string | undefined;
}

/** Who may read the files. */
export interface Readers {
  readonly mode: number;
  /** The number of the group that they are given to; undefined: this user's own. */
  readonly gid?: number | undefined;
}

const blank = '{name}';

/** Reads a pattern such as `/run/evergrant/{name}.json`. @throws Failure `invalid` */
export function tokenPlace(pattern: string): TokenPlace {
  const absolute = path.resolve(pattern);
  const [before = '', after = '', ...more] = path.basename(absolute).split(blank);
  if (pattern.split(blank).length !== 2 || more.length > 0 || !path.basename(absolute).includes(blank)) {
    const hint = 'as in --files "/run/evergrant/{name}.json"';
    throw invalid('bad_pattern', '--files takes a path whose last part has {name} in it, once', hint);
  }
  const folder = path.dirname(absolute);
  return {
    pattern: absolute,
    folder,
    fileOf: (name) => {
      if (!isName(name)) throw new Error('no name of an environment');
      return path.join(folder, `${before}${name}${after}`);
    },
    nameOf: (file) => {
      const isLike = file.startsWith(before) && file.endsWith(after) && file.length > before.length + after.length;
      const name = isLike ? file.slice(before.length, file.length - after.length) : '';
      return isName(name) ? name : undefined;
    },
  };
}

/** Reads a mode such as `0640`: this user reads and writes, a group may read, nobody else. @throws Failure `invalid` */
export function fileMode(text: string): number {
  if (/^0?6[04]0$/.test(text)) return Number.parseInt(text, 8);
  throw invalid('bad_mode', '--files-mode is 0600 or 0640', 'let others read by their group: --files-group GROUP');
}

/**
 * Makes the folder where it is missing, and refuses one in which another user could put files in place of these. A link on
 * the way to it must be this user's or root's.
 * @throws Failure `invalid`
 */
export function checkFolder(folder: string, { gid }: Readers): void {
  try {
    if (!fs.existsSync(folder)) makeFolder(folder, gid);
    refuseForeignLinks(folder);
    const real = fs.realpathSync(folder);
    const stat = fs.statSync(real);
    if (!stat.isDirectory()) throw invalid('not_a_folder', `${folder} is no folder`, 'name another by --files');
    if (!isTrusted(stat) && stat.uid !== process.geteuid?.()) {
      throw invalid('foreign_file', `${real} is not this user's own, so no token is written there`, ownFolder);
    }
    refuseForeign(stat, real);
  } catch (error) {
    throw asFailure(error, folder);
  }
}

/** Finds out whether files can be given to the group, by doing it. @throws Failure `invalid` */
export function checkGroup(folder: string, { gid }: Readers): void {
  if (gid === undefined) return;
  const trial = path.join(folder, `.evergrant.${process.pid}.tmp`);
  try {
    const descriptor = fs.openSync(trial, 'wx', 0o600);
    try {
      fs.fchownSync(descriptor, -1, gid);
    } finally {
      fs.closeSync(descriptor);
      fs.rmSync(trial, { force: true });
    }
  } catch (error) {
    if (systemCode(error) !== 'EPERM') throw asFailure(error, folder);
    const message = `this user can't give files to the group of --files-group, being no member of it`;
    throw invalid('foreign_group', message, `make it one: sudo usermod -aG GROUP ${thisUser()}`, error);
  }
}

/** A folder of this user's, that the files' group may enter. */
function makeFolder(folder: string, gid: number | undefined): void {
  fs.mkdirSync(folder, { mode: 0o700 });
  if (gid === undefined) return;
  fs.chownSync(folder, -1, gid);
  fs.chmodSync(folder, 0o750);
}

function asFailure(error: unknown, folder: string): unknown {
  const code = systemCode(error);
  if (code === undefined) return error;
  const hint = `make it for this user: sudo install -d -m 0750 -o ${thisUser()} ${shellQuoted(folder)}`;
  return invalid('no_folder', `token files can't be written in ${folder} (${code})`, hint, error);
}
