import fs from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import { Failure, systemCode } from '../../../errors';
import { jsonOf } from '../../../text/json';
import type { LockedNotified, LastNotified } from '../../store';
import { tolerate } from '../../disk/atomic-write';
import { obstacleOf } from '../in-the-way';
import { tryLock } from '../lock-addon';
import { prepareFolder, type Paths } from '../paths';
import { openTrusted } from '../trust';

const { O_RDONLY, O_RDWR, O_CREAT } = fs.constants;

const notifiedShape = v.object({
  outcome: v.string(),
  generation: v.nullable(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
  organisation: v.fallback(v.object({ id: v.string(), name: v.string() }), { id: '', name: '' }),
});

/** The largest size of a note, in bytes. */
const longestNote = 2048;

/** What hooks were last notified of, read without the lock; undefined when the note can't be read or trusted. */
export function lastNotified(paths: Paths): LastNotified | undefined {
  try {
    const descriptor = openTrusted(fileOf(paths), O_RDONLY);
    try {
      return readNote(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
  } catch (error) {
    if (systemCode(error) === undefined && !(error instanceof Failure)) throw error;
    return undefined;
  }
}

/**
 * Locks what hooks were last notified of by a kernel lock, which is freed when its holder ends. Undefined when another
 * process holds it, because it is notifying, and for an environment that does not exist. When no note can be kept, a
 * lock is returned nevertheless: notifying twice is better than never.
 */
export function lockNotified(paths: Paths): LockedNotified | undefined {
  if (!fs.existsSync(paths.file) && !fs.existsSync(paths.folder)) return undefined;
  try {
    prepareFolder(paths);
    const descriptor = openTrusted(fileOf(paths), O_RDWR | O_CREAT);
    const release = (): void => tolerate(() => fs.closeSync(descriptor));
    if (tryLock(descriptor)) return held(descriptor, paths, release);
    release();
    return undefined;
  } catch (error) {
    if (systemCode(error) === undefined && !(error instanceof Failure)) throw error;
    const note = async (): Promise<void> => {
      throw notNoted(paths, error);
    };
    return { last: async () => lastNotified(paths), note, release: async () => undefined };
  }
}

function held(descriptor: number, paths: Paths, release: () => void): LockedNotified {
  return {
    last: async () => readNote(descriptor),
    note: async (last) => {
      try {
        // Written in place, because the lock is on this file. A note that a power cut leaves incomplete is ignored.
        const text = Buffer.from(`${JSON.stringify(last)}\n`);
        fs.writeSync(descriptor, text, 0, text.length, 0);
        fs.ftruncateSync(descriptor, text.length);
      } catch (error) {
        throw notNoted(paths, error);
      }
    },
    release: async () => release(),
  };
}

function readNote(descriptor: number): LastNotified | undefined {
  const buffer = Buffer.alloc(longestNote);
  const length = fs.readSync(descriptor, buffer, 0, buffer.length, 0);
  const parsed = v.safeParse(notifiedShape, jsonOf(buffer.toString('utf8', 0, length)));
  return parsed.success ? parsed.output : undefined;
}

function notNoted(paths: Paths, cause: unknown): Failure {
  const { path: inTheWay, code, hint: mend } = obstacleOf(cause, fileOf(paths));
  const why = cause instanceof Failure ? cause.message : `${inTheWay}: ${code}`;
  const message = `cannot note in ${fileOf(paths)} what a hook was told (${why})`;
  const hint = `${cause instanceof Failure ? cause.hint : mend}; until then it is told with every run`;
  return new Failure('invalid', 'not_noted', message, hint, { cause });
}

function fileOf({ folder }: Paths): string {
  return path.join(folder, 'told');
}
