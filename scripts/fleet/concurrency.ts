import { performance } from 'node:perf_hooks';

/** So many environments are under way in a process at once before it knows how long the server takes. */
export const firstWidth = 8;

/** A process that works for more of the time than this has nothing to gain from waiting for more answers. */
const busy = 0.85;

/** Shorter looks see one burst of answers, or none. */
const lookMs = 200;

/**
 * How many environments a process has under way at once: more and more while it mostly waits for answers, so that a
 * slow server is asked for many and a quick one for few. To be called after each answer.
 */
export function growingWidth(most: number): () => number {
  let width = Math.min(firstWidth, most);
  let last = performance.eventLoopUtilization();
  return () => {
    const { active, idle, utilization } = performance.eventLoopUtilization(last);
    if (active + idle < lookMs) return width;
    last = performance.eventLoopUtilization();
    const wanted = Math.floor(width * Math.min(2, busy / utilization));
    width = Math.min(most, Math.max(width, wanted));
    return width;
  };
}
