import { cpus } from 'node:os';
import { refreshEffects, type Context } from '../context';
import type { Reports } from '../newman/send';
import type { RefreshOptions } from '../refresh/due';
import { minEnvironmentsPerWorker } from './concurrency';
import { refreshInLanes } from './lanes';
import { refreshOne } from './refresh-one';
import type { BatchOptions, OnDone } from './result';
import { refreshInWorkers } from './workers';

/**
 * Refreshes due environments in order. A single one is sent as a full Newman run, with the collection's scripts and
 * reports; several share Newman runs, in this process or in one process for each core. All use the same transaction.
 */
export async function refreshAll(
  due: readonly string[],
  options: BatchOptions,
  context: Context,
  reports: Reports | undefined,
  onDone: OnDone,
): Promise<void> {
  const isAlone = due.length <= 1 && options.isResident !== true;
  if (isAlone || reports !== undefined) return await refreshInTurn(due, options, context, reports, onDone);
  const worth = Math.min(cpus().length, Math.floor(due.length / minEnvironmentsPerWorker) + 1);
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
