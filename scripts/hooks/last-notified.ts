import fs from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import { tolerate } from '../environment/files/atomic-write';
import { obstacleOf } from '../environment/files/in-the-way';
import { tryLock } from '../environment/files/lock-addon';
import { prepareFolder, type Places } from '../environment/files/paths';
import { openTrusted } from '../environment/files/trust';
import { Failure, systemCode } from '../errors';
import { jsonOf } from '../text/json';
import type { Told } from './decide';

const { O_RDONLY, O_RDWR, O_CREAT } = fs.constants;

const toldShape = v.object({
  outcome: v.string(),
  generation: v.nullable(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
  organisation: v.fallback(v.object({ id: v.string(), name: v.string() }), { id: '', name: '' }),
});

/** The room that a note takes at the most. */
const longestNote = 2048;

/** What was told, and of which organisation. */
export interface NotedTold extends Told {
  readonly organisation: { readonly id: string; readonly name: string };
}

/** What was told of an environment, while nobody else tells anything of it. */
export interface HeldTold {
  last(): NotedTold | undefined;
  /** @throws Failure `not_noted` */
  note(told: NotedTold): void;
  release(): void;
}

/** What was last told of an environment, by a look without the lock; a note that can't be read is none, nor is a stranger's. */
export function lastTold(places: Places): NotedTold | undefined {
  try {
    const descriptor = openTrusted(fileOf(places), O_RDONLY);
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
export function holdTold(places: Places): HeldTold | undefined {
  if (!fs.existsSync(places.file) && !fs.existsSync(places.folder)) return undefined;
  try {
    prepareFolder(places);
    const descriptor = openTrusted(fileOf(places), O_RDWR | O_CREAT);
    const release = (): void => tolerate(() => fs.closeSync(descriptor));
    if (tryLock(descriptor)) return held(descriptor, places, release);
    release();
    return undefined;
  } catch (error) {
    if (systemCode(error) === undefined && !(error instanceof Failure)) throw error;
    const note = (): void => {
      throw notNoted(places, error);
    };
    return { last: () => lastTold(places), note, release: () => undefined };
  }
}

function held(descriptor: number, places: Places, release: () => void): HeldTold {
  return {
    last: () => readNote(descriptor),
    note: (told) => {
      try {
        // In place, for the lock is on this very file; one that a power cut leaves torn counts as none.
        const text = Buffer.from(`${JSON.stringify(told)}\n`);
        fs.writeSync(descriptor, text, 0, text.length, 0);
        fs.ftruncateSync(descriptor, text.length);
      } catch (error) {
        throw notNoted(places, error);
      }
    },
    release,
  };
}

function readNote(descriptor: number): NotedTold | undefined {
  const buffer = Buffer.alloc(longestNote);
  const length = fs.readSync(descriptor, buffer, 0, buffer.length, 0);
  const parsed = v.safeParse(toldShape, jsonOf(buffer.toString('utf8', 0, length)));
  return parsed.success ? parsed.output : undefined;
}

function notNoted(places: Places, cause: unknown): Failure {
  const { path: inTheWay, code, hint: mend } = obstacleOf(cause, fileOf(places));
  const why = cause instanceof Failure ? cause.message : `${inTheWay}: ${code}`;
  const message = `cannot note in ${fileOf(places)} what a hook was told (${why})`;
  const hint = `${cause instanceof Failure ? cause.hint : mend}; until then it is told with every run`;
  return new Failure('invalid', 'not_noted', message, hint, { cause });
}

function fileOf({ folder }: Places): string {
  return path.join(folder, 'told');
}
