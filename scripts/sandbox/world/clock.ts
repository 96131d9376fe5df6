/** The sandbox's time: the machine's clock, moved forward by an offset. */
export interface Clock {
  readonly offsetMs: number;
  advance(byMs: number): void;
}

/**
 * Moves the time of the whole process, so that the OpenID server, the JWT library and the sandbox have the same. Call it
 * once, in a process that does nothing else. Timers keep the machine's time.
 */
export function installClock(initialOffsetMs = 0): Clock {
  const RealDate = globalThis.Date;
  let offsetMs = initialOffsetMs;
  const now = (): number => RealDate.now() + offsetMs;
  globalThis.Date = movedDate(RealDate, now);
  return {
    get offsetMs() {
      return offsetMs;
    },
    advance(byMs) {
      if (byMs < 0) throw new RangeError('the clock moves forward only');
      offsetMs += byMs;
    },
  };
}

// A proxy, because with a subclass `Date()` and `instanceof Date` would no longer work.
function movedDate(RealDate: DateConstructor, now: () => number): DateConstructor {
  return new Proxy(RealDate, {
    construct: (target, args: unknown[], newTarget): Date =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as Date, // what a Date constructor makes
    apply: () => new RealDate(now()).toString(),
    get: (target, key) => (key === 'now' ? now : (Reflect.get(target, key) as unknown)),
  });
}
