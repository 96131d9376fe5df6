import fs from 'node:fs';
import path from 'node:path';
import { Failure } from '../../errors';
import type { Attempt } from '../../history/attempt';
import { tolerate } from './atomic-write';
import { tryLock } from './lock-addon';
import { prepareKeep } from './paths';
import { openTrusted } from './trust';

const { O_RDWR, O_APPEND, O_CREAT } = fs.constants;

/** A log is put aside when it has this size; so many that were put aside are kept. */
const largestBytes = 32 * 1024 * 1024;
const logsKept = 9;

/** The log of a folder of environments, and those put aside before it, newest first. */
export function logsIn(folder: string): readonly string[] {
  const keep = path.join(folder, '.evergrant');
  const before = Array.from({ length: logsKept }, (_, at) => path.join(keep, `log.${at + 1}.jsonl`));
  return [path.join(keep, 'log.jsonl'), ...before];
}

/**
 * Adds a line to the log of a folder of environments, `.evergrant/log.jsonl`. Processes may write at once: a line is one
 * write at the file's end. The log helps people; a disk that won't take it must not fail what it tells of, nor must a log
 * that somebody else has put there, which is left alone.
 */
export function writeAttempt(folder: string, attempt: Attempt): void {
  const logs = logsIn(folder);
  const [log = ''] = logs;
  unlessForeign(() => {
    prepareKeep(path.dirname(log));
    if (append(log, JSON.stringify(attempt)) >= largestBytes) putAside(logs);
  });
}

function unlessForeign(write: () => void): void {
  try {
    tolerate(write);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
  }
}

/** Gives the size that the file has then. A line that a full disk cut off keeps its harm to itself. */
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

/** One process does it, and only if nobody has done it since; the others go on writing, into the old or the new one. */
function putAside(logs: readonly string[]): void {
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
