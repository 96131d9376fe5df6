/** When a timer fires this much too late, this process was stopped; the other side was not slow. */
const lateMs = 250;

/** The extra time for reading what has arrived meanwhile, and how often it is given at most. */
const [graceMs, longestGraces] = [1000, 5];

/**
 * Runs `over` after this long, unless the returned function is called before. When a process was stopped, or its
 * machine was asleep or overloaded, its timers fire before it has read the data waiting in its sockets; it is given
 * time for that first.
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
