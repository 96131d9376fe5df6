/** A change that no version tells of is seen after this time. */
const longestMs = 1_000;

/** Whoever asks waits no longer than this for what is known already, if it may be late. */
const graceMs = 1_000;

/** How what is known may outlast a store that is away. */
export interface Outlasting {
  /** Whether an error means that the store is away, and tells nothing of what is in it. */
  isAway(error: unknown): boolean;
  readonly forMs: number;
}

interface Known<T> {
  readonly value: T;
  readonly version: string | undefined;
  readonly readAtMs: number;
}

/**
 * What is kept in memory of something that others may change. It is read again once its version has changed, and after
 * a second at the latest: a database has no version, and a network file system may tell of a change late. All who ask
 * while it is being read share that.
 *
 * What may outlast an outage is given as it was last read, while the store is away or takes longer than a second.
 */
export class Fresh<T> {
  private known: Known<T> | undefined;
  private reading: Promise<T> | undefined;
  /** Until then the store is believed to be away. */
  private awayUntilMs = 0;
  private isLate = false;

  constructor(
    private readonly read: () => Promise<T>,
    private readonly version: () => string | undefined,
    /** A clock in milliseconds that is never set back. */
    private readonly clockMs: () => number,
    private readonly outlasting?: Outlasting,
  ) {}

  get(): T | Promise<T> {
    const [version, nowMs] = [this.version(), this.clockMs()];
    const { known } = this;
    if (known !== undefined && known.version === version && nowMs - known.readAtMs < longestMs) return known.value;
    const kept = this.kept(version, nowMs);
    if (kept !== undefined && (this.isLate || nowMs < this.awayUntilMs)) return kept.value;
    this.reading ??= this.begin(version, nowMs);
    return kept === undefined ? this.reading : this.inTime(this.reading, kept);
  }

  /** What is newer than that: for who would be refused by what is old. A store that is away is not asked. */
  getNewer(ageMs: number): T | Promise<T> {
    const [version, nowMs] = [this.version(), this.clockMs()];
    const { known } = this;
    if (version !== undefined || known === undefined) return this.get();
    if (nowMs - known.readAtMs < ageMs) return known.value;
    if (this.kept(version, nowMs) !== undefined && nowMs < this.awayUntilMs) return known.value;
    return (this.reading ??= this.begin(version, nowMs));
  }

  /** What may be given although it is old. What has a version can be read, or is gone. */
  private kept(version: string | undefined, nowMs: number): Known<T> | undefined {
    const { known, outlasting } = this;
    if (known === undefined || outlasting === undefined) return undefined;
    if (version !== undefined || known.version !== undefined) return undefined;
    return nowMs - known.readAtMs < outlasting.forMs ? known : undefined;
  }

  private begin(version: string | undefined, nowMs: number): Promise<T> {
    return this.load(version, nowMs).finally(() => ([this.reading, this.isLate] = [undefined, false]));
  }

  /** The version and the time are those from before it was read, so that no later change is missed. */
  private async load(version: string | undefined, readAtMs: number): Promise<T> {
    try {
      const value = await this.read();
      this.known = { value, version, readAtMs };
      return value;
    } catch (error) {
      const kept = this.kept(version, this.clockMs());
      if (kept === undefined || this.outlasting?.isAway(error) !== true) {
        this.known = undefined;
        throw error;
      }
      this.awayUntilMs = this.clockMs() + longestMs;
      return kept.value;
    }
  }

  private async inTime(reading: Promise<T>, kept: Known<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<T>((resolve) => {
      timer = setTimeout(() => {
        this.isLate = this.reading !== undefined;
        resolve(kept.value);
      }, graceMs);
    });
    try {
      return await Promise.race([reading, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
