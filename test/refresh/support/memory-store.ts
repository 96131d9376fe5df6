import { parseEnvironment, type Changes, type Environment } from '../../../scripts/environment/environment';
import { tokenKeys } from '../../../scripts/environment/grant';
import type { Aside, EnvironmentHome, LockedEnvironment } from '../../../scripts/environment/store';
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
  postponedUntil: Date | null;
  isLocked: boolean;
  readonly waiting: (() => void)[];
}

export function diskWith(rows: Rows): Disk {
  return { rows, recovery: undefined, kept: [], answers: [], postponedUntil: null, isLocked: false, waiting: [] };
}

/** Runs before and after each effect of a process; one that throws is the process's death. */
export type Step = <T>(effect: string, work: () => T) => T;

export interface MemoryHomeOptions {
  readonly step?: Step;
  /** Whether the place of the environment takes a token set. */
  readonly isFull?: () => boolean;
}

/** An environment home without files: a rows object, a lock, and a recovery place. */
export function memoryHome(
  disk: Disk,
  { step = (_, work) => work(), isFull = () => false }: MemoryHomeOptions = {},
): EnvironmentHome {
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
    read: () => step('read', read),
    pickUpRecovery: () => step('pick up', pickUp),
    prepareSave: (mark) => step(`prepare ${Object.keys(mark).join(' ')}`.trim(), () => write(mark)),
    write: (changes) => step(`write ${Object.keys(changes).join(' ')}`, () => write(changes)),
    keep: (changes) =>
      step('save', () => {
        if (!isFull()) return write(changes);
        disk.recovery = { ...disk.rows, ...changes };
        throw new Failure('not_saved', 'not_saved', 'no room', 'make room');
      }),
    settle: () => undefined,
    keepAnswer: (body) => step('keep answer', () => (disk.answers.push(body), 'acme.answer')),
    refuse: () => step('refuse', () => write({ grant_status: 'consent_needed', refresh_started_at: '' })),
    candidates: (after) =>
      disk.kept.filter((rows) => Number(rows['generation']) > after).map((rows) => environmentOf(rows)),
    aside: nothingAside,
    replace: (text) => step('replace', () => void (disk.rows = rowsOf(parseEnvironment(text, 'acme', 'acme.json')))),
    postponedUntil: () => step('postponed until', () => disk.postponedUntil),
    postpone: (until) => step('postpone', () => void (disk.postponedUntil = until)),
    isUsed: () => false,
    markUsed: () => undefined,
    release: () => step('release', () => unlock(disk)),
  };
  return {
    name: 'acme',
    where: 'acme.json',
    read: () => step('look', read),
    hasRecovery: () => disk.recovery !== undefined,
    hasPending: () => false,
    hasAside: () => false,
    lock: async (waitMs) => {
      while (disk.isLocked) {
        if (waitMs === 0) throw new Failure('busy', 'locked', 'acme is being refreshed', 'wait');
        await new Promise<void>((resolve) => disk.waiting.push(resolve));
      }
      disk.isLocked = true;
      return step('lock', () => locked);
    },
  };
}

const nothingAside: Aside = {
  pending: () => undefined,
  keep: () => undefined,
  home: () => {
    throw new Error('nothing is set aside');
  },
  refuse: () => undefined,
  refused: () => [],
  reconsider: () => undefined,
  clear: () => undefined,
};

/** The kernel lets go of the lock, by a release or a death, and wakes who waits. */
export function unlock(disk: Disk): void {
  disk.isLocked = false;
  for (const wake of disk.waiting.splice(0)) wake();
}
