/** A change that no version tells of is seen after this time. */
const longestMs = 1_000;

/**
 * What is kept in memory of something that others may change. It is read again once its version has changed, and after
 * a second at the latest: a database has no version, and a network file system may tell of a change late. All who ask
 * while it is being read share that.
 */
export class Fresh<T> {
  private known: { readonly value: T; readonly version: string | undefined; readonly readAtMs: number } | undefined;
  private reading: Promise<T> | undefined;

  constructor(
    private readonly read: () => Promise<T>,
    private readonly version: () => string | undefined,
    /** A clock in milliseconds that is never set back. */
    private readonly clockMs: () => number,
  ) {}

  get(): T | Promise<T> {
    const [version, nowMs] = [this.version(), this.clockMs()];
    const { known } = this;
    if (known !== undefined && known.version === version && nowMs - known.readAtMs < longestMs) return known.value;
    return (this.reading ??= this.load(version, nowMs).finally(() => (this.reading = undefined)));
  }

  /** The version and the time are those from before it was read, so that no later change is missed. */
  private async load(version: string | undefined, readAtMs: number): Promise<T> {
    this.known = undefined;
    const value = await this.read();
    this.known = { value, version, readAtMs };
    return value;
  }
}
