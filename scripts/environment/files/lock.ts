import fs from 'node:fs';
import os from 'node:os';
import * as v from 'valibot';
import { Failure, systemCode } from '../../errors';
import { formatDuration } from '../../text/duration';
import { jsonOf } from '../../text/json';
import { tolerate } from '../disk/atomic-write';
import { tryLock, trySharedLock } from './lock-addon';
import { noFollow, openTrusted, readTrusted, refuseForeign } from './trust';

/** What a lock's holder writes into the lock file: who it is, and what the next holder must know. */
const noteShape = v.object({
  pid: v.fallback(v.number(), 0),
  host: v.fallback(v.string(), ''),
  since: v.fallback(v.string(), ''),
  postponedUntil: v.fallback(v.nullable(v.string()), null),
  /** Fingerprints of the codes exchanged last. */
  usedCodes: v.fallback(v.array(v.string()), () => []),
});

type LockNote = v.InferOutput<typeof noteShape>;

export interface Lock {
  readonly note: LockNote;
  annotate(note: Partial<LockNote>): void;
  release(): void;
}

/** More than any note needs. */
const noteBytes = 1024;

const [shortestPauseMs, longestPauseMs] = [5, 100];

/**
 * Takes a kernel lock on a lock file, which is never deleted. The kernel frees it when its holder ends, even by
 * SIGKILL, so it never goes stale. Holds between processes of one machine; network file systems only as far as they
 * honour `fcntl` locks.
 * @throws Failure `busy` naming the holder, `foreign_file` for a file that others may write
 */
export async function takeLock(file: string, name: string, waitMs: number): Promise<Lock> {
  const descriptor = fs.openSync(file, fs.constants.O_RDWR | fs.constants.O_CREAT | noFollow, 0o600);
  try {
    const stat = fs.fstatSync(descriptor);
    refuseForeign(stat, file);
    await waitFor(
      () => tryLock(descriptor),
      waitMs,
      () => busy(name, readNote(descriptor)),
    );
    if (stat.size > noteBytes) tolerate(() => fs.ftruncateSync(descriptor, noteBytes));
  } catch (error) {
    fs.closeSync(descriptor);
    throw error;
  }
  const mine = { pid: process.pid, host: os.hostname(), since: new Date().toISOString() };
  return held(descriptor, { ...readNote(descriptor), ...mine });
}

/**
 * Whether a process holds a lock. It is asked for by a lock that many can share, so that two who ask see no holder in each
 * other. False where it can't be told: no file, or one of another user.
 */
export function isLocked(file: string): boolean {
  try {
    const descriptor = openTrusted(file, fs.constants.O_RDONLY);
    try {
      return !trySharedLock(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
  } catch (error) {
    if (systemCode(error) === undefined && !(error instanceof Failure)) throw error;
    return false;
  }
}

function held(descriptor: number, first: LockNote): Lock {
  let note = first;
  writeNote(descriptor, note);
  return {
    get note() {
      return note;
    },
    annotate(more) {
      note = { ...note, ...more };
      writeNote(descriptor, note);
    },
    release: () => tolerate(() => fs.closeSync(descriptor)), // the kernel frees it in any case
  };
}

async function waitFor(attempt: () => boolean, waitMs: number, failure: () => Failure): Promise<void> {
  const deadline = performance.now() + waitMs;
  for (let pauseMs = shortestPauseMs; !attempt(); pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    if (performance.now() + pauseMs > deadline) throw failure();
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

function busy(name: string, { pid, host, since }: LockNote): Failure {
  const age = Math.max(0, Date.now() - Date.parse(since));
  const held = Number.isNaN(age) ? '' : `, since ${since} (${formatDuration(age)})`;
  const message = `${name} is being refreshed by process ${pid || 'unknown'}${host === '' ? '' : ` on ${host}`}${held}`;
  return new Failure('busy', 'locked', message, 'run again, or wait longer with --wait 2m');
}

/** The note in a lock file, read without the lock; an empty one where it can't be read or believed. */
export function readLockNote(file: string): LockNote {
  try {
    return noteFrom(readTrusted(file) ?? '');
  } catch (error) {
    if (systemCode(error) === undefined && !(error instanceof Failure)) throw error;
    return noteFrom('');
  }
}

/** Until when Xero asked to be left alone; null where it didn't. */
export function postponedIn({ postponedUntil }: LockNote): Date | null {
  const until = new Date(postponedUntil ?? Number.NaN);
  return Number.isNaN(until.getTime()) ? null : until;
}

function readNote(descriptor: number): LockNote {
  const buffer = Buffer.alloc(noteBytes);
  const length = fs.readSync(descriptor, buffer, 0, buffer.length, 0);
  return noteFrom(buffer.toString('utf8', 0, length));
}

function noteFrom(text: string): LockNote {
  const parsed = v.safeParse(noteShape, jsonOf(text));
  return parsed.success ? parsed.output : v.parse(noteShape, {});
}

/**
 * The note informs people and later runs. If the disk has no space for it, a preallocated refresh goes on. Its length is
 * always the same, so that one write replaces all of the note before.
 */
function writeNote(descriptor: number, note: LockNote): void {
  const text = Buffer.from(`${JSON.stringify(note).padEnd(noteBytes - 1)}\n`);
  tolerate(() => fs.writeSync(descriptor, text, 0, text.length, 0));
}
