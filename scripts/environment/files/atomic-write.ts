import fs from 'node:fs';
import path from 'node:path';
import { systemCode } from '../../errors';

/** Environment files and everything made beside them are for their owner only. */
const ownerOnly = 0o600;

/** Space reserved on the disk for a text that is written later. */
export interface Preallocation {
  /** The file that has the space; when the text is kept, it becomes the target. */
  readonly place: string;
  /** Replaces `target` by the text; the caller must then {@link settle} its folder. */
  keep(target: string, text: string): void;
  cancel(): void;
}

/**
 * Replaces a file's text so that at every moment, even after a power cut, the file holds the old text or the new one.
 * In order: temporary file on the same file system, fsync, rename, fsync of the folder.
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
 * Preallocates by writing `bytes` of filler, so that a full disk, a quota or a read-only folder is found out now. The
 * temporary file must be new: an existing file or a link is refused.
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
  return { place: temporary, keep, cancel };
}

/** Syncs the folder, so that a power cut does not undo the rename. Windows can't sync a folder and doesn't need to. */
export function settle(target: string): void {
  if (process.platform === 'win32') return;
  const descriptor = fs.openSync(path.dirname(target), 'r');
  try {
    unlessUnsupported(() => fs.fsyncSync(descriptor));
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Ignores that some mounts have no modes (EPERM) or can't sync folders (EINVAL). */
function unlessUnsupported(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EPERM'].includes(systemCode(error) ?? '')) throw error;
  }
}

/** Ignores system errors of a clean-up: the next run removes what is left, and this run must not fail for it. */
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

/** Gives the new file the owner of the old one, so that root's refresh does not take a file away from its user. */
function keepOwner(descriptor: number, target: string): void {
  if (process.getuid?.() !== 0) return;
  const owner = fs.statSync(target, { throwIfNoEntry: false });
  if (owner !== undefined && owner.uid !== 0) fs.fchownSync(descriptor, owner.uid, owner.gid);
}
