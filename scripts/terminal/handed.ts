import fs from 'node:fs';
import os from 'node:os';
import { Failure, systemCode } from '../errors';

/**
 * Writes a text to stdout that nobody has any more once it is lost, and returns when all of it was taken: by a file's disk, or
 * by the pipe, whose reader can't be watched any further. @throws Failure `not_taken`
 */
export async function handTo(stdout: NodeJS.WriteStream, text: string): Promise<void> {
  if (isNowhere(stdout)) throw notTaken('it is closed, or what is written there is thrown away');
  await new Promise<void>((resolve, reject) => {
    stdout.write(text, (error) => (error ? reject(notTaken(systemCode(error) ?? 'unknown', error)) : resolve()));
  });
  syncFile(stdout);
}

/** Node opens the null device in the place of an output that was closed. */
function isNowhere(stdout: NodeJS.WriteStream): boolean {
  if (!('fd' in stdout)) return false;
  const stat = statOf(() => fs.fstatSync(stdout.fd as number));
  const nothing = statOf(() => fs.statSync(os.devNull));
  if (stat === undefined) return true;
  return nothing !== undefined && stat.isCharacterDevice() && nothing.rdev !== 0 && stat.rdev === nothing.rdev;
}

function statOf(look: () => fs.Stats): fs.Stats | undefined {
  try {
    return look();
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return undefined;
  }
}

function syncFile(stdout: NodeJS.WriteStream): void {
  if (!('fd' in stdout)) return;
  const fd = stdout.fd as number;
  if (statOf(() => fs.fstatSync(fd))?.isFile() !== true) return;
  try {
    fs.fsyncSync(fd);
  } catch (error) {
    throw notTaken(systemCode(error) ?? 'unknown', error);
  }
}

function notTaken(why: string, cause?: unknown): Failure {
  return new Failure(
    'invalid',
    'not_taken',
    `standard output did not take it (${why}), and nothing was changed`,
    'give it a reader or a file that takes it, or name one by --output FILE, then run again',
    { cause },
  );
}
