import fs from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import { Failure, systemCode } from '../../errors';
import { jsonOf } from '../../text/json';
import type { LockedNotified, LastNotified } from '../store';
import { tolerate } from './atomic-write';
import { obstacleOf } from './in-the-way';
import { tryLock } from './lock-addon';
import { prepareFolder, type Paths } from './paths';
import { openTrusted } from './trust';

const { O_RDONLY, O_RDWR, O_CREAT } = fs.constants;

const notifiedShape = v.object({
  outcome: v.string(),
  generation: v.nullable(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
  organisation: v.fallback(v.object({ id: v.string(), name: v.string() }), { id: '', name: '' }),
});

/** The room that a note takes at the most. */
const longestNote = 2048;

/** What was last told of an environment, by a look without the lock; a note that can't be read is none, nor is a stranger's. */
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
 * Holds what was told of an environment by a kernel lock, which dies with its holder; undefined when another process has
 * it, which is telling, and for an environment that isn't there. Where nothing can be kept, it is held all the same:
 * telling twice is better than never.
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
    note: async (told) => {
      try {
        // In place, for the lock is on this very file; one that a power cut leaves torn counts as none.
        const text = Buffer.from(`${JSON.stringify(told)}\n`);
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
