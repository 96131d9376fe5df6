/** Counts failures for each key and minute. The number of keys is limited: a new key replaces the oldest. */
export class Tally {
  private readonly minutes = new Map<string, { readonly endsAtMs: number; count: number }>();

  constructor(
    private readonly limits: { readonly perMinute: number; readonly keys: number },
    /** A clock in milliseconds that is never set back. */
    private readonly clockMs: () => number,
  ) {}

  /** Counts one more failure. Returns whether there are too many now. */
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
