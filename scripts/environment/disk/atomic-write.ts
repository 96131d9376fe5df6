import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { systemCode } from '../../errors';
import { ignoreUnsupported, syncFolder } from './folder-sync';

/** Environment files and everything made beside them are for their owner only. */
const ownerOnly = 0o600;

/** Space reserved on the disk for a text that is written later. */
export interface Preallocation {
  /** The file that has the space; when the text is kept, it becomes the target. */
  readonly place: string;
  /** Replaces `target` by the text, at once; the caller must then sync its folder. */
  keep(target: string, text: string): void;
  /** Does the same while the process goes on with other work. */
  keepMeanwhile(target: string, text: string): Promise<void>;
  cancel(): void;
}

/**
 * Replaces a file's text so that at every moment, even after a power cut, the file holds the old text or the new one.
 * In order: temporary file on the same file system, fsync, rename, fsync of the folder. The process goes on with other
 * work meanwhile, and shares the folder's fsync with other writers.
 */
export async function replaceDurably(target: string, text: string, temporary: string): Promise<void> {
  const preallocation = preallocate(temporary, 0);
  try {
    await preallocation.keepMeanwhile(target, text);
  } catch (error) {
    preallocation.cancel();
    throw error;
  }
  await syncFolder(path.dirname(target));
}

/** Replaces a file's text as {@link replaceDurably} does, at once: for a text that must be safe before anything else. */
export function writeDurably(target: string, text: string, temporary: string): void {
  const preallocation = preallocate(temporary, 0);
  try {
    preallocation.keep(target, text);
  } catch (error) {
    preallocation.cancel();
    throw error;
  }
  syncFolderNow(path.dirname(target));
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
  const fill = (target: string, text: string): void => {
    const content = Buffer.from(text);
    writeAll(descriptor, content);
    if (bytes > content.length) fs.ftruncateSync(descriptor, content.length);
    keepOwner(descriptor, target);
  };
  const putInPlace = (target: string): void => {
    close();
    fs.renameSync(temporary, target);
  };
  return {
    place: temporary,
    keep: (target, text) => {
      fill(target, text);
      fs.fsyncSync(descriptor);
      putInPlace(target);
    },
    keepMeanwhile: async (target, text) => {
      fill(target, text);
      await promisify(fs.fsync)(descriptor);
      putInPlace(target);
    },
    cancel,
  };
}

/** Syncs a folder at once, so that a power cut undoes no rename in it. */
export function syncFolderNow(folder: string): void {
  if (process.platform === 'win32') return;
  const descriptor = fs.openSync(folder, 'r');
  try {
    unlessUnsupported(() => fs.fsyncSync(descriptor));
  } finally {
    fs.closeSync(descriptor);
  }
}

function unlessUnsupported(act: () => void): void {
  try {
    act();
  } catch (error) {
    ignoreUnsupported(error);
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
