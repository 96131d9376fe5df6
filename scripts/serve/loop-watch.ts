import type { WarmRun } from './keep-warm';
import { accessTokenLifetimeMs } from '../xero';

/**
 * What is known of the loops of `serve`: whether one has died, and how that of `--refresh` is doing. That one is at work as long as a run has ended, or the first has begun, within the
 * life of an access token: where none has, nothing is warm any more.
 */
export class LoopWatch {
  private lastMs: number;
  private last: WarmRun | undefined;
  private isDead = false;
  private readonly counts = new Map<number, number>();

  constructor(
    /** A clock in milliseconds that is never set back. */
    private readonly clockMs: () => number,
    /** Whether there is a loop that refreshes. */
    readonly isRefreshing: boolean,
  ) {
    this.lastMs = clockMs();
  }

  note(run: WarmRun): void {
    this.lastMs = this.clockMs();
    this.last = run;
    this.counts.set(run.exitCode, (this.counts.get(run.exitCode) ?? 0) + 1);
  }

  /** One has ended by an error that nobody expected. */
  noteDeath(): void {
    this.isDead = true;
  }

  get isAlive(): boolean {
    return !this.isDead;
  }

  get isAtWork(): boolean {
    return !this.isDead && (!this.isRefreshing || this.clockMs() - this.lastMs < accessTokenLifetimeMs);
  }

  get lastRun(): WarmRun | undefined {
    return this.last;
  }

  /** How many runs have ended, by exit code. */
  get runs(): ReadonlyMap<number, number> {
    return this.counts;
  }
}
