import { cpus } from 'node:os';
import { refreshEffects, requestTimeoutMs, type Context } from '../context';
import type { RefreshOptions } from '../refresh/due';
import type { Reports } from '../report/html-reports';
import { growingWidth } from './concurrency';
import { refreshOne } from './refresh-one';
import type { Refreshed } from './result';
import { spread } from './spread';
import { refreshInWorkers } from './workers';

/** Tells of each environment as soon as it is done. */
export type OnDone = (done: Refreshed) => void;

export interface CrewOptions extends RefreshOptions {
  /** How many environments are asked for at the same time, at the most. */
  readonly concurrency: number;
  /** How many processes share them, at the most: as many as there are cores without. */
  readonly processes?: number;
}

/** So many environments are worth the start of another process. */
const worthWorkers = 800;

/**
 * Refreshes due environments, the first first. One alone is sent as the collection has it, scripts and report and all;
 * several share Newman runs, in this process or in one for each core. All go through the same transaction.
 */
export async function refreshDue(
  due: readonly string[],
  options: CrewOptions,
  context: Context,
  reports: Reports | undefined,
  onDone: OnDone,
): Promise<void> {
  if (due.length <= 1 || reports !== undefined) return await refreshInTurn(due, options, context, reports, onDone);
  const worth = Math.min(cpus().length, Math.floor(due.length / worthWorkers) + 1);
  const workers = Math.min(options.processes ?? worth, options.concurrency);
  if (workers === 1) return await refreshInLanes(due, options, context, onDone);
  await refreshInWorkers(due, workers, options, context, onDone);
}

async function refreshInTurn(
  due: readonly string[],
  options: RefreshOptions,
  context: Context,
  reports: Reports | undefined,
  onDone: OnDone,
): Promise<void> {
  const effects = refreshEffects(context, options.patienceMs, reports);
  for (const name of due) {
    if (context.signals.isStopping()) return;
    onDone(await refreshOne(name, options, context, effects));
  }
}

async function refreshInLanes(
  due: readonly string[],
  options: CrewOptions,
  context: Context,
  onDone: OnDone,
): Promise<void> {
  const { effects, close } = laneEffects(context, options.patienceMs);
  await spread(due, growingWidth(options.concurrency), async (name) => {
    if (!context.signals.isStopping()) onDone(await refreshOne(name, options, context, effects));
  });
  close();
}

/** The world of a refresh that shares Newman runs with others. */
export function laneEffects(
  context: Context,
  patienceMs: number,
): { effects: ReturnType<typeof refreshEffects>; close: () => void } {
  const { newmanLanes } = require('../newman/lanes') as typeof import('../newman/lanes');
  const lanes = newmanLanes(requestTimeoutMs(patienceMs));
  const effects = {
    ...refreshEffects(context, patienceMs),
    ask: (...[settings, request, onAnswer]: Parameters<typeof lanes.send>) =>
      context.signals.uninterrupted(() => lanes.send(settings, request, onAnswer)),
  };
  return { effects, close: lanes.close };
}
