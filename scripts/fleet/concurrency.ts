import { performance } from 'node:perf_hooks';

/** Works through items in their order, as many at a time as `concurrency` says; it is asked anew after each. */
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

/** How many environments are under way in a process at once before it knows how long the server takes. */
export const firstConcurrency = 8;

/** A process that works for more of the time than this has nothing to gain from waiting for more answers. */
const busy = 0.85;

/** Shorter looks see one burst of answers, or none. */
const lookMs = 200;

/**
 * How many environments a process has under way at once: more and more while it mostly waits for answers, so that a
 * slow server is asked for many and a quick one for few. To be called after each answer.
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
