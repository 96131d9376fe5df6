import fs from 'node:fs';
import { promisify } from 'node:util';
import { systemCode } from '../../errors';

/** The fsync of a folder that is under way, and the one that follows it, for those who came too late for the first. */
interface Turns {
  readonly current: Promise<void>;
  next?: Promise<void> | undefined;
}

const turnsOf = new Map<string, Turns>();

/**
 * Syncs a folder, so that a power cut undoes no rename that was made in it before this call. Callers that come while a
 * sync is under way share the next one: it may have begun before their rename. So many writers cost two syncs, not one
 * each (group commit). Windows can't sync a folder and doesn't need to.
 * @throws system errors
 */
export async function syncFolder(folder: string): Promise<void> {
  const turns = turnsOf.get(folder);
  if (turns === undefined) return await begin(folder);
  turns.next ??= turns.current.catch(() => undefined).then(() => begin(folder));
  await turns.next;
}

async function begin(folder: string): Promise<void> {
  const turns: Turns = { current: fsyncFolder(folder) };
  turnsOf.set(folder, turns);
  try {
    await turns.current;
  } finally {
    if (turns.next === undefined) turnsOf.delete(folder);
  }
}

async function fsyncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const descriptor = fs.openSync(folder, 'r');
  try {
    await promisify(fs.fsync)(descriptor);
  } catch (error) {
    ignoreUnsupported(error);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Throws unless the mount has no modes (EPERM) or can't sync folders (EINVAL and others). */
export function ignoreUnsupported(error: unknown): void {
  if (!['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EPERM'].includes(systemCode(error) ?? '')) throw error;
}
