import fs from 'node:fs';
import path from 'node:path';
import { syncFolder } from '../../disk/folder-sync';
import type { Environment } from '../../environment';
import { readable } from '../../store';
import { readEnvironmentText } from '../files';
import { takeLock } from '../lock';
import type { Place } from './place';
import { renamedTo } from './former-name';
import { filesIn, isLinkAt, pathsOf, type Paths } from '../paths';
import { whenWritable } from '../save-failures';

/**
 * Removes an environment and all tokens that are kept for it, under its lock, the file itself last: as long as any token is
 * left, so is a name to remove it by. Of a link only the link goes. The empty folder and its lock stay, because another process may wait for that lock.
 * @throws Failure `invalid` where there is nothing, and whatever `mayGo` throws
 */
export async function removeFile(
  { name, file, stateFolder, lock }: Place,
  mayGo: (environment: Environment | undefined) => void,
): Promise<void> {
  if (isLinkAt(file)) return await removeLink(file);
  const paths = pathsOf(file, stateFolder);
  if (!isAnythingLeft(paths)) readEnvironmentText(file, name);
  const locked = await lock();
  try {
    mayGo(await readable(locked));
    await whenWritable(file, () => {
      for (const place of [...paths.recovery, ...keptIn(paths)]) fs.rmSync(place, { force: true });
      for (const place of new Set([paths.file, file])) fs.rmSync(place, { force: true });
    });
    await syncFolder(path.dirname(paths.file));
  } finally {
    await locked.release();
  }
  const lockFile = await takeLock(paths.lock, name, 0);
  lockFile.annotate({ usedCodes: [], postponedUntil: null });
  lockFile.release();
}

/** All that is kept belongs to the file behind it, and stays. */
async function removeLink(link: string): Promise<void> {
  await whenWritable(link, () => fs.rmSync(link));
  await syncFolder(path.dirname(link));
}

function keptIn({ folder }: Paths): string[] {
  return filesIn(folder)
    .filter((one) => one !== 'lock')
    .map((one) => path.join(folder, one));
}

function isAnythingLeft(paths: Paths): boolean {
  return fs.existsSync(paths.file) || paths.hasRecovery() || keptIn(paths).some((place) => !place.endsWith(renamedTo));
}
