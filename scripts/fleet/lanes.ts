import { refreshEffects, requestTimeoutMs, type Context } from '../context';
import { growingWidth } from './concurrency';
import { refreshOne } from './refresh-one';
import type { CrewOptions, OnDone } from './result';
import { spread } from './spread';

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

export async function refreshInLanes(
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
