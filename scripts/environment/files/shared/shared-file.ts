import path from 'node:path';
import { systemCode } from '../../../errors';
import { writeDurably } from '../../disk/atomic-write';
import { takeLock } from '../lock';
import { makeFolders } from '../make-folders';
import { prepareKeep, temporaryIn } from '../paths';
import { cannotWrite } from '../save-failures';
import { readTrusted } from '../trust';

/**
 * Replaces the text of a file in `.evergrant` of a folder, whole, durably, under a lock of its own. `change` is given what is
 * there, undefined for nothing; what it throws changes nothing. A file that others may have written is not believed.
 * @throws Failure `invalid`, or `busy` when another process changes it for longer than `waitMs`
 */
export async function changeShared(
  file: string,
  what: string,
  change: (text: string | undefined) => string,
  waitMs: number,
): Promise<void> {
  const keep = path.dirname(file);
  try {
    makeFolders(path.dirname(keep));
    prepareKeep(keep);
    const lock = await takeLock(`${file}.lock`, what, waitMs);
    try {
      writeDurably(file, change(readTrusted(file)), temporaryIn(keep, 'tmp'));
    } finally {
      lock.release();
    }
  } catch (error) {
    throw systemCode(error) === undefined ? error : cannotWrite(file, error);
  }
}
