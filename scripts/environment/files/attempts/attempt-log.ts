import fs from 'node:fs';
import path from 'node:path';
import { Failure } from '../../../errors';
import type { Attempt } from '../../../history/attempt';
import { tolerate } from '../../disk/atomic-write';
import { tryLock } from '../lock-addon';
import { prepareKeep } from '../paths';
import { openTrusted } from '../trust';

const { O_RDWR, O_APPEND, O_CREAT } = fs.constants;

/** A log of this size is rotated; this many old logs are kept. */
const largestBytes = 32 * 1024 * 1024;
const logsKept = 9;

/** The log of a folder of environments, and its older, rotated logs, newest first. */
export function logsIn(folder: string): readonly string[] {
  const keep = path.join(folder, '.evergrant');
  const before = Array.from({ length: logsKept }, (_, at) => path.join(keep, `log.${at + 1}.jsonl`));
  return [path.join(keep, 'log.jsonl'), ...before];
}

/**
 * Adds a line to the log of a folder of environments, `.evergrant/log.jsonl`. Several processes may write at once, so
 * each line is one write at the end of the file. The log only informs people: if the disk can't take it, or the log is
 * another user's file, it is left as it is and nothing fails.
 */
export function writeAttempt(folder: string, attempt: Attempt): void {
  const logs = logsIn(folder);
  const [log = ''] = logs;
  unlessForeign(() => {
    prepareKeep(path.dirname(log));
    if (append(log, JSON.stringify(attempt)) >= largestBytes) rotate(logs);
  });
}

function unlessForeign(write: () => void): void {
  try {
    tolerate(write);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
  }
}

/** Appends a line and returns the file's new size. After a line that a full disk cut off, a new line is begun first. */
function append(file: string, line: string): number {
  const descriptor = openTrusted(file, O_RDWR | O_APPEND | O_CREAT);
  try {
    const { size } = fs.fstatSync(descriptor);
    const last = Buffer.from('\n');
    if (size > 0) fs.readSync(descriptor, last, 0, 1, size - 1);
    return size + fs.writeSync(descriptor, `${last.toString() === '\n' ? '' : '\n'}${line}\n`);
  } finally {
    fs.closeSync(descriptor);
  }
}

/**
 * Rotates the logs. One process does it, if none did it meanwhile; the others keep writing to the old or the new log.
 */
function rotate(logs: readonly string[]): void {
  const [log = ''] = logs;
  const descriptor = openTrusted(`${log}.lock`, O_RDWR | O_CREAT);
  try {
    if (!tryLock(descriptor) || fs.lstatSync(log).size < largestBytes) return;
    for (const [at, file] of [...logs.entries()].toReversed()) {
      const older = logs[at + 1];
      if (older !== undefined && fs.existsSync(file)) fs.renameSync(file, older);
    }
  } finally {
    fs.closeSync(descriptor);
  }
}
