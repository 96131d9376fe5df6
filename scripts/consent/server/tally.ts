/** Counts what fails, for each key and minute. It knows a bounded number of keys: the oldest is forgotten for a new one. */
export class Tally {
  private readonly minutes = new Map<string, { readonly endsAtMs: number; count: number }>();

  constructor(
    private readonly limits: { readonly perMinute: number; readonly keys: number },
    /** Milliseconds of a clock that only goes forward. */
    private readonly clockMs: () => number,
  ) {}

  /** Counts one more; whether it is one too many. */
  isTooMany(key: string): boolean {
    const known = this.minutes.get(key);
    if (known !== undefined && this.clockMs() < known.endsAtMs) return ++known.count > this.limits.perMinute;
    this.minutes.delete(key);
    const [oldest] = this.minutes.keys();
    if (this.minutes.size >= this.limits.keys && oldest !== undefined) this.minutes.delete(oldest);
    this.minutes.set(key, { endsAtMs: this.clockMs() + 60_000, count: 1 });
    return this.limits.perMinute < 1;
  }

  get size(): number {
    return this.minutes.size;
  }
}
