import { refreshEffects, storeOf, type Context } from '../context';
import type { SharedFleet } from '../environment/store';
import { refreshOne } from './refresh-one';
import { dueWhen, refreshShared } from './refresh-shared';
import type { BatchOptions, EnvironmentResult, OnDone } from './result';
import { findDue } from './scan';

/** What a run over a shared store has done, and how many others it did not need to read, if they were counted. */
export interface FleetRun {
  readonly done: readonly EnvironmentResult[];
  readonly untouched: number;
}

/**
 * A run over all environments of a store that finds by itself which are due. It reads only those of which there is something
 * to say; all others are counted.
 */
export async function refreshInFleet(
  options: BatchOptions,
  { hasHooks, isCounted }: { readonly hasHooks: boolean; readonly isCounted: boolean },
  beforeSending: () => Promise<void>,
  context: Context,
): Promise<FleetRun> {
  const store = storeOf(context);
  const fleet = store.fleet as SharedFleet; // the caller has looked
  const when = dueWhen(options);
  const { at: since, isEmpty, due } = await fleet.begin(when);
  if (isEmpty) throw store.noneFound();
  const looked = await findDue(await fleet.noteworthy(hasHooks), { ...options, isAll: true }, context);
  if (due + looked.due.length > 0) await beforeSending();
  const done = new Map(looked.settled.map((one) => [one.given, one]));
  const progress = due > 1 ? context.console.progress(due, 'environments') : undefined;
  const onDone: OnDone = (one) => {
    done.set(one.given, one);
    progress?.advance();
  };
  if (due > 0) await refreshShared({ when, since }, due, options, context, onDone);
  await refreshLeft(
    looked.due.filter((name) => !done.has(name)),
    options,
    context,
    onDone,
  );
  progress?.end();
  const untouched = isCounted ? Math.max(0, (await fleet.count()) - done.size) : 0;
  return { done: [...done.values()].toSorted((a, b) => (a.given < b.given ? -1 : 1)), untouched };
}

/** Tokens that wait beside an environment make it due, though its own are good; another machine may hold the others. */
async function refreshLeft(
  names: readonly string[],
  options: BatchOptions,
  context: Context,
  onDone: OnDone,
): Promise<void> {
  if (names.length === 0) return;
  const effects = refreshEffects(context, options.patienceMs);
  for (const name of names) {
    if (!context.signals.isStopping()) onDone(await refreshOne(name, options, context, effects));
  }
}
