import fs from 'node:fs';
import path from 'node:path';
import { Failure, invalid, systemCode } from '../../../errors';
import { type Environment } from '../../environment';
import { parseEnvironment } from '../../parse';
import { syncFolderNow, writeDurably } from '../../disk/atomic-write';
import { environmentFile } from '../files';
import { makeFolders } from '../make-folders';
import { hiddenTemporaryIn } from '../paths';
import { readTrusted } from '../trust';

/** An environment's file that is made in two steps: written where no program looks for it, then given its name. */
export interface NewFile {
  readonly file: string;
  /** What an earlier run has written and not published; undefined when there is nothing, or it can't be believed. */
  waiting(): Environment | undefined;
  /** Writes it, for this user alone; it survives a power cut. @throws Failure `invalid` */
  write(text: string): void;
  /** Gives it its name. Nothing is overwritten. @throws Failure `invalid` when something is there */
  publish(): void;
}

/** @throws Failure `invalid` when there is a file of this name */
export function newFileIn(folder: string, name: string): NewFile {
  const file = environmentFile(folder, name);
  const hidden = path.join(folder, `.${path.basename(file)}.exporting`);
  if (fs.lstatSync(file, { throwIfNoEntry: false }) !== undefined) throw isThere(file, name);
  return {
    file,
    waiting: () => waitingAt(hidden, name),
    write: (text) =>
      orRefused(folder, () => {
        makeFolders(folder, 0o700);
        writeDurably(hidden, text, hiddenTemporaryIn(folder));
      }),
    publish: () =>
      orRefused(folder, () => {
        link(hidden, file, name);
        syncFolderNow(folder);
      }),
  };
}

function waitingAt(hidden: string, name: string): Environment | undefined {
  try {
    return parseEnvironment(readTrusted(hidden) ?? '', name, hidden);
  } catch (error) {
    if (error instanceof Failure || systemCode(error) !== undefined) return undefined;
    throw error;
  }
}

/** A second name, then the first one goes: unlike a rename it never overwrites. */
function link(hidden: string, file: string, name: string): void {
  try {
    fs.linkSync(hidden, file);
    fs.rmSync(hidden);
  } catch (error) {
    if (systemCode(error) === 'EEXIST' || fs.existsSync(file)) throw isThere(file, name);
    if (!['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP'].includes(systemCode(error) ?? '')) throw error;
    fs.renameSync(hidden, file); // a file system that has no links
  }
}

function orRefused(folder: string, act: () => void): void {
  try {
    act();
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    throw invalid('not_written', `cannot write in ${folder} (${code})`, 'name a folder that you may write', error);
  }
}

function isThere(file: string, name: string): Failure {
  return invalid(
    'exists',
    `${file} is there already, and export never overwrites`,
    `see it: npx evergrant status ${name}`,
  );
}
