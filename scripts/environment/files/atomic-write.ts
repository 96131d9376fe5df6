import fs from 'node:fs';
import path from 'node:path';
import { systemCode } from '../../errors';

/** Environment files and all that is made beside them are for their owner only. */
const ownerOnly = 0o600;

/** Room made in a file system for a text that is still to come. */
export interface Preallocation {
  /** Puts the text in place of `target`; the names of its folder are the caller's to {@link settle}. */
  keep(target: string, text: string): void;
  cancel(): void;
}

/**
 * Replaces a file's text so that at every moment, power cuts included, the file holds the old text or the new one:
 * temporary file on the same file system, fsync, rename, fsync of the folder.
 */
export function writeDurably(target: string, text: string, temporary: string): void {
  const preallocation = preallocate(temporary, 0);
  try {
    preallocation.keep(target, text);
  } catch (error) {
    preallocation.cancel();
    throw error;
  }
  settle(target);
}

/**
 * Makes room by writing `bytes` of filler: a full disk, a quota or a read-only folder shows now. The temporary file is
 * made here and nowhere else: one that is there already, or a link, is refused.
 */
export function preallocate(temporary: string, bytes: number): Preallocation {
  const descriptor = fs.openSync(temporary, 'wx', ownerOnly);
  let isOpen = true;
  const close = (): void => {
    if (isOpen) fs.closeSync(descriptor);
    isOpen = false;
  };
  const cancel = (): void => {
    tolerate(close);
    tolerate(() => fs.rmSync(temporary, { force: true }));
  };
  try {
    unlessUnsupported(() => fs.fchmodSync(descriptor, ownerOnly));
    if (bytes > 0) writeAll(descriptor, Buffer.alloc(bytes));
  } catch (error) {
    cancel();
    throw error;
  }
  const keep = (target: string, text: string): void => {
    const content = Buffer.from(text);
    writeAll(descriptor, content);
    fs.ftruncateSync(descriptor, content.length);
    keepOwner(descriptor, target);
    fs.fsyncSync(descriptor);
    close();
    fs.renameSync(temporary, target);
  };
  return { keep, cancel };
}

/** After this a power cut leaves the new file under its name. Windows has no way to sync a folder, nor the need. */
export function settle(target: string): void {
  if (process.platform === 'win32') return;
  const descriptor = fs.openSync(path.dirname(target), 'r');
  try {
    unlessUnsupported(() => fs.fsyncSync(descriptor));
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Mounts of other systems have no modes (EPERM) or no sync of folders (EINVAL): there is nothing to do there. */
function unlessUnsupported(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EPERM'].includes(systemCode(error) ?? '')) throw error;
  }
}

/** Cleans up as far as the disk lets it: what stays behind is cleared by the next run, and must not fail this one. */
export function tolerate(cleanUp: () => void): void {
  try {
    cleanUp();
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
  }
}

function writeAll(descriptor: number, content: Buffer): void {
  for (let written = 0; written < content.length;) {
    written += fs.writeSync(descriptor, content, written, content.length - written, written);
  }
}

/** Root refreshing a user's file must not take it away from the user. */
function keepOwner(descriptor: number, target: string): void {
  if (process.getuid?.() !== 0) return;
  const owner = fs.statSync(target, { throwIfNoEntry: false });
  if (owner !== undefined && owner.uid !== 0) fs.fchownSync(descriptor, owner.uid, owner.gid);
}
