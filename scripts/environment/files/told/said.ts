import fs from 'node:fs';
import path from 'node:path';
import { Failure, invalid, systemCode } from '../../../errors';
import { troublesIn, type Trouble } from '../../../history/trouble';
import { jsonOf } from '../../../text/json';
import type { LockedSaid } from '../../store';
import { tolerate } from '../../disk/atomic-write';
import { obstacleOf } from '../in-the-way';
import { tryLock } from '../lock-addon';
import { prepareKeep } from '../paths';
import { openTrusted, readTrusted } from '../trust';

const { O_RDWR, O_CREAT } = fs.constants;

/** What people were told of a folder of environments, read without the lock; nothing when it can't be read or trusted. */
export function saidIn(folder: string): readonly Trouble[] {
  try {
    return troublesIn(jsonOf(readTrusted(fileIn(folder))));
  } catch (error) {
    if (systemCode(error) === undefined && !(error instanceof Failure)) throw error;
    return [];
  }
}

/**
 * Locks what people were told, by a kernel lock that is freed when its holder ends. When nothing can be kept, or another
 * process has it for longer than `waitMs`, a lock is returned nevertheless, which knows nothing and keeps nothing: saying
 * something twice is better than never.
 */
export async function lockSaid(folder: string, waitMs: number): Promise<LockedSaid> {
  const file = fileIn(folder);
  try {
    prepareKeep(path.dirname(file));
    const descriptor = openTrusted(file, O_RDWR | O_CREAT);
    const release = (): void => tolerate(() => fs.closeSync(descriptor));
    if (await isLockedWithin(descriptor, waitMs)) return held(descriptor, file, release);
    release();
    return unheld(invalid('not_noted', `another process is telling what is wrong in ${folder}`, 'nothing is lost'));
  } catch (error) {
    if (systemCode(error) === undefined && !(error instanceof Failure)) throw error;
    return unheld(notNoted(file, error));
  }
}

async function isLockedWithin(descriptor: number, waitMs: number): Promise<boolean> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    if (tryLock(descriptor)) return true;
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function held(descriptor: number, file: string, release: () => void): LockedSaid {
  return {
    troubles: async () => troublesIn(jsonOf(readAll(descriptor))),
    note: async (troubles) => {
      try {
        // Written in place, because the lock is on this file. A note that a power cut leaves incomplete is ignored.
        const text = Buffer.from(`${JSON.stringify({ troubles })}\n`);
        for (let at = 0; at < text.length;) at += fs.writeSync(descriptor, text, at, text.length - at, at);
        fs.ftruncateSync(descriptor, text.length);
      } catch (error) {
        throw notNoted(file, error);
      }
    },
    release: async () => release(),
  };
}

function unheld(failure: Failure): LockedSaid {
  return { troubles: async () => [], note: () => Promise.reject(failure), release: async () => undefined };
}

function readAll(descriptor: number): string {
  const text = Buffer.alloc(fs.fstatSync(descriptor).size);
  return text.toString('utf8', 0, fs.readSync(descriptor, text, 0, text.length, 0));
}

function notNoted(file: string, cause: unknown): Failure {
  const { path: inTheWay, code, hint } = obstacleOf(cause, file);
  const isKnown = cause instanceof Failure;
  const message = `cannot note in ${file} what was said (${isKnown ? cause.message : `${inTheWay}: ${code}`})`;
  return invalid('not_noted', message, `${isKnown ? cause.hint : hint}; until then every run says all again`, cause);
}

function fileIn(folder: string): string {
  return path.join(folder, '.evergrant', 'said.json');
}
