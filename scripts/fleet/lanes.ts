import { refreshEffects, requestTimeoutMs, secretEffects, type Context } from '../context';
import { tryingSecrets } from '../refresh/second-secret';
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
  const effects = {
    ...refreshEffects(context, patienceMs),
    ask: tryingSecrets(lanes.send, secretEffects(context)),
  };
  return { effects, close: lanes.close };
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
