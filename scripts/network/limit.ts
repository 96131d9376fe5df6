/** A timer that comes this much too late says that this process stood still, not that the others were slow. */
const lateMs = 250;

/** What has come in meanwhile is taken in within this time, which is given so often at the most. */
const [graceMs, longestGraces] = [1000, 5];

/**
 * Runs `over` after this long, unless the function that it returns was called before. A process that stood still (it was
 * stopped, its machine was asleep or overloaded) finds its timers due before it has read what lies in its sockets: it is
 * given time for that first.
 */
export function startLimit(limitMs: number, over: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const wait = (ms: number, graces: number): void => {
    const dueAt = performance.now() + ms;
    timer = setTimeout(() => {
      if (performance.now() - dueAt > lateMs && graces > 0) wait(graceMs, graces - 1);
      else over();
    }, ms);
  };
  wait(limitMs, longestGraces);
  return () => clearTimeout(timer);
}
