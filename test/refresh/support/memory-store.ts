import { type Changes, type Environment } from '../../../scripts/environment/environment';
import { parseEnvironment } from '../../../scripts/environment/parse';
import { tokenKeys } from '../../../scripts/environment/grant';
import type { Aside, StoredEnvironment, LockedEnvironment } from '../../../scripts/environment/store';
import { Failure } from '../../../scripts/errors';
import { environmentOf, rowsOf, type Rows } from '../../support/environments';

/** What all processes share: one environment, its lock, and what waits to be picked up. */
export interface Disk {
  rows: Rows;
  recovery: Rows | undefined;
  /** The token sets kept of late, newest first. */
  kept: readonly Rows[];
  /** Answers that no token could be taken from. */
  answers: string[];
  retryAfter: Date | null;
  isLocked: boolean;
  readonly waiting: (() => void)[];
}

export function diskWith(rows: Rows): Disk {
  return { rows, recovery: undefined, kept: [], answers: [], retryAfter: null, isLocked: false, waiting: [] };
}

/** Runs before and after each effect of a process; one that throws is the process's death. */
export type Step = <T>(effect: string, work: () => T) => T;

export interface MemoryOptions {
  readonly step?: Step;
  /** Whether the place of the environment takes a token set. */
  readonly isFull?: () => boolean;
  /** Whether the lock is still the process's own. */
  readonly mayStillSend?: () => boolean;
}

/** A stored environment in memory: an object of rows, a lock, and a recovery place. */
export function memoryStored(
  disk: Disk,
  { step = (_, work) => work(), isFull = () => false, mayStillSend = () => true }: MemoryOptions = {},
): StoredEnvironment {
  const read = (): Environment => environmentOf(disk.rows);
  const write = (changes: Changes): void => void (disk.rows = { ...disk.rows, ...changes });
  const pickUp = (): boolean => {
    const { recovery } = disk;
    disk.recovery = undefined;
    if (recovery === undefined || Number(recovery['generation']) <= Number(disk.rows['generation'])) return false;
    write(Object.fromEntries(tokenKeys.map((key) => [key, recovery[key] ?? ''])));
    return true;
  };
  const locked: LockedEnvironment = {
    read: async () => step('read', read),
    pickUpRecovery: async () => step('pick up', pickUp),
    prepareSave: async (mark) => step(`prepare ${Object.keys(mark).join(' ')}`.trim(), () => write(mark)),
    write: async (changes) => step(`write ${Object.keys(changes).join(' ')}`, () => write(changes)),
    mayStillSend: async () => mayStillSend(),
    keep: (changes) =>
      step('keep', () => {
        const generation = String(Math.max(Number(changes.generation ?? 0), Number(disk.rows['generation']) + 1));
        if (!isFull()) return write({ ...changes, generation });
        disk.recovery = { ...disk.rows, ...changes };
        throw new Failure('not_saved', 'not_saved', 'no room', 'make room');
      }),
    settle: async () => step('settle', () => undefined),
    keepAnswer: (body) => step('keep answer', () => (disk.answers.push(body), 'acme.answer')),
    keepHeld: async () => undefined,
    candidates: async (after) =>
      disk.kept.filter((rows) => Number(rows['generation']) > after).map((rows) => environmentOf(rows)),
    refuse: async (token) =>
      step('refuse', () => {
        if (disk.rows['refresh_token'] !== token) return false;
        write({ grant_status: 'consent_needed', refresh_started_at: '' });
        return true;
      }),
    aside: nothingAside,
    replace: async (text) =>
      step('replace', () => void (disk.rows = rowsOf(parseEnvironment(text, 'acme', 'acme.json')))),
    retryAfter: async () => step('retry after', () => disk.retryAfter),
    setRetryAfter: async (until) => step('set retry after', () => void (disk.retryAfter = until)),
    isUsed: async () => false,
    markUsed: async () => undefined,
    reseal: async () => 0,
    release: async () => step('release', () => unlock(disk)),
  };
  return {
    name: 'acme',
    where: 'acme.json',
    exists: async () => true,
    create: () => Promise.reject(new Error('it is there')),
    read: async () => step('look', read),
    postponedUntil: async () => null,
    version: () => undefined,
    hadName: async () => false,
    hasRecovery: async () => disk.recovery !== undefined,
    hasPending: async () => false,
    hasAside: async () => false,
    lock: async (waitMs) => {
      while (disk.isLocked) {
        if (waitMs === 0) throw new Failure('busy', 'locked', 'acme is being refreshed', 'wait');
        await new Promise<void>((resolve) => disk.waiting.push(resolve));
      }
      disk.isLocked = true;
      return step('lock', () => locked);
    },
    isLocked: async () => disk.isLocked,
    attempts: async () => [],
    record: async () => undefined,
    lastNotified: async () => undefined,
    lockNotified: async () => undefined,
    facts: () => Promise.reject(new Error('there is no file')),
  };
}

const nothingAside: Aside = {
  pending: async () => undefined,
  keep: () => undefined,
  stored: () => {
    throw new Error('nothing is set aside');
  },
  refuse: async () => undefined,
  reconsider: async () => undefined,
  clear: async () => undefined,
};

/** The kernel lets go of the lock, by a release or a death, and wakes who waits. */
export function unlock(disk: Disk): void {
  disk.isLocked = false;
  for (const wake of disk.waiting.splice(0)) wake();
}
