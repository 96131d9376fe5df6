import { performance } from 'node:perf_hooks';

/** So many environments are under way in a process at once before it knows how long the server takes. */
export const firstWidth = 8;

/** A process that works for more of the time than this has nothing to gain from waiting for more answers. */
const busy = 0.8;

/**
 * How many environments a process has under way at once: more and more while it mostly waits for answers, so that a
 * slow server is asked for many and a quick one for few. To be called after each answer.
 */
export function growingWidth(most: number): () => number {
  let width = Math.min(firstWidth, most);
  let last = performance.eventLoopUtilization();
  return () => {
    const { utilization } = performance.eventLoopUtilization(last);
    last = performance.eventLoopUtilization();
    if (utilization < busy && width < most) width += 1;
    return width;
  };
}
