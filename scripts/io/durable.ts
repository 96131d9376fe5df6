import fs from 'node:fs';
import path from 'node:path';
import { systemCode } from '../errors';

/** Environment files and all that is made beside them are for their owner only. */
const ownerOnly = 0o600;

/** Room made in a file system for a text that is still to come. */
export interface Reservation {
  /** Puts the text in place of `target`, durably: after this returns, a power cut leaves the new text. */
  commit(target: string, text: string): void;
  cancel(): void;
}

/**
 * Replaces a file's text so that at every moment, power cuts included, the file holds the old text or the new one:
 * temporary file in the same folder, fsync, rename, fsync of the folder.
 */
export function writeDurably(target: string, text: string, temporary: string): void {
  const room = reserveRoom(temporary, 0);
  try {
    room.commit(target, text);
  } catch (error) {
    room.cancel();
    throw error;
  }
}

/** Makes room by writing `bytes` of filler: a full disk, a quota or a read-only folder shows now. */
export function reserveRoom(temporary: string, bytes: number): Reservation {
  const descriptor = fs.openSync(temporary, 'w', ownerOnly);
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
    fs.fchmodSync(descriptor, ownerOnly);
    if (bytes > 0) writeAll(descriptor, Buffer.alloc(bytes));
  } catch (error) {
    cancel();
    throw error;
  }
  const commit = (target: string, text: string): void => {
    const content = Buffer.from(text);
    writeAll(descriptor, content);
    fs.ftruncateSync(descriptor, content.length);
    keepOwner(descriptor, target);
    fs.fsyncSync(descriptor);
    close();
    fs.renameSync(temporary, target);
    syncFolder(path.dirname(target));
  };
  return { commit, cancel };
}

/** Cleans up as far as the disk lets it: what stays behind is overwritten by the next run, and must not fail this one. */
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

/** Windows has no way to sync a folder, nor the need: its rename is journalled. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const descriptor = fs.openSync(folder, 'r');
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}
