import { cpus } from 'node:os';
import { refreshEffects, storeOf, type Context } from '../context';
import type { DueWhen, SharedFleet } from '../environment/store';
import { mostEarlyMs } from '../refresh/due';
import type { RefreshEffects } from '../refresh/effects';
import { adaptiveConcurrency, minEnvironmentsPerWorker } from './concurrency';
import { laneEffects } from './lanes';
import { refreshOne } from './refresh-one';
import type { BatchOptions, OnDone, SharedWork } from './result';

/** When an environment is due for a run with these options. */
export function dueWhen({ profile, isSpread = false }: BatchOptions): DueWhen {
  const ms = profile.kind === 'keep_alive' ? 0 : profile.ms;
  return { profile: profile.kind, ms, mostEarlyMs: isSpread ? mostEarlyMs(profile) : 0 };
}

/**
 * Refreshes what is due in a store that several machines share. Each process claims a few at a time, those that nobody holds,
 * so that any number of runs on any machines share the work and never wait for each other.
 */
export async function refreshShared(
  work: SharedWork,
  due: number,
  options: BatchOptions,
  context: Context,
  onDone: OnDone,
): Promise<void> {
  const worth = Math.min(cpus().length, Math.floor(due / minEnvironmentsPerWorker) + 1);
  const count = Math.min(options.processes ?? worth, options.concurrency);
  if (count > 1) {
    const { shareInWorkers } = require('./workers') as typeof import('./workers');
    return await shareInWorkers(work, count, options, context, onDone);
  }
  if (due === 1) {
    const effects = refreshEffects(context, options.patienceMs);
    return await refreshClaimed(work, { ...options, concurrency: 1 }, context, effects, { onDone });
  }
  const { effects, close } = laneEffects(context, options.patienceMs);
  await refreshClaimed(work, options, context, effects, { onDone });
  close();
}

/** At most so many are claimed with one statement, and the next when all of these have begun: a lease counts from its claim. */
const mostAtOnce = 10;

/** Claims and refreshes until nothing is left to claim. What is claimed and not begun when it ends is given back. */
export async function refreshClaimed(
  { when, since }: SharedWork,
  options: BatchOptions,
  context: Context,
  effects: RefreshEffects,
  { onClaim, onDone }: { onClaim?: (names: readonly string[]) => void; onDone: OnDone },
): Promise<void> {
  const fleet = fleetOf(context);
  const concurrency = adaptiveConcurrency(options.concurrency);
  const underWay = new Set<Promise<void>>();
  const claimed: string[] = [];
  const refresh = async (name: string): Promise<void> => {
    const done = await refreshOne(name, options, context, effects);
    await fleet.drop(name); // one that turned out not to be due was never locked
    onDone(done);
  };
  try {
    while (!context.signals.isStopping()) {
      if (claimed.length === 0) {
        claimed.push(...(await fleet.claim(when, since, Math.min(concurrency(), mostAtOnce))));
        onClaim?.(claimed);
      }
      if (claimed.length === 0) break;
      for (const name of claimed.splice(0, concurrency() - underWay.size)) {
        const one: Promise<void> = refresh(name).finally(() => underWay.delete(one));
        underWay.add(one);
      }
      if (underWay.size >= concurrency()) await Promise.race(underWay);
    }
  } finally {
    await Promise.all([...underWay, ...claimed.map((name) => fleet.drop(name))]);
  }
}

function fleetOf(context: Context): SharedFleet {
  const { fleet } = storeOf(context);
  if (fleet === undefined) throw new Error('this store finds what is due by reading all');
  return fleet;
}
