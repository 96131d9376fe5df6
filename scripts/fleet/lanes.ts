import { refreshEffects, requestTimeoutMs, type Context } from '../context';
import { adaptiveConcurrency, mapConcurrently } from './concurrency';
import { refreshOne } from './refresh-one';
import type { BatchOptions, OnDone } from './result';

/** The effects of a refresh that shares Newman runs with others. */
export function laneEffects(
  context: Context,
  patienceMs: number,
): { effects: ReturnType<typeof refreshEffects>; close: () => void } {
  const { newmanLanes } = require('../newman/lanes') as typeof import('../newman/lanes');
  const lanes = newmanLanes(requestTimeoutMs(patienceMs));
  return { effects: { ...refreshEffects(context, patienceMs), ask: lanes.send }, close: lanes.close };
}

export async function refreshInLanes(
  due: readonly string[],
  options: BatchOptions,
  context: Context,
  onDone: OnDone,
): Promise<void> {
  const { effects, close } = laneEffects(context, options.patienceMs);
  await mapConcurrently(due, adaptiveConcurrency(options.concurrency), async (name) => {
    if (!context.signals.isStopping()) onDone(await refreshOne(name, options, context, effects));
  });
  close();
}
