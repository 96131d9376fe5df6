import { performance } from 'node:perf_hooks';

/** Works through items in order, `concurrency()` of them at a time; the number is read again after each. */
export async function mapConcurrently<T>(
  items: readonly T[],
  concurrency: () => number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const { default: pLimit } = await import('p-limit');
  const limit = pLimit(concurrency());
  await limit.map(items, async (item) => {
    await work(item);
    limit.concurrency = concurrency();
  });
}

/** How many environments a process refreshes at once at first, before it knows how fast the server answers. */
export const firstConcurrency = 8;

/** A process that is busy for more than this share of the time gains nothing from more requests. */
const busy = 0.85;

/** A shorter measurement would see one burst of answers, or none. */
const lookMs = 200;

/**
 * How many environments a process refreshes at once. The number grows while the process mostly waits for answers, so it
 * is large for a slow server and small for a quick one. Call it after each answer.
 */
export function adaptiveConcurrency(most: number): () => number {
  let concurrency = Math.min(firstConcurrency, most);
  let last = performance.eventLoopUtilization();
  return () => {
    const { active, idle, utilization } = performance.eventLoopUtilization(last);
    if (active + idle < lookMs) return concurrency;
    last = performance.eventLoopUtilization();
    const wanted = Math.floor(concurrency * Math.min(2, busy / utilization));
    concurrency = Math.min(most, Math.max(concurrency, wanted));
    return concurrency;
  };
}

/** One worker process per this many due environments. */
export const minEnvironmentsPerWorker = 800;
