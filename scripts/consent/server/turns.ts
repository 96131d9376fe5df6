import { Failure } from '../../errors';

export interface TurnLimits {
  readonly atOnce: number;
  readonly waiting: number;
  readonly waitingEach: number;
  readonly longestWaitMs: number;
}

interface Waiting {
  readonly name: string;
  start(): void;
  refuse(): void;
}

/**
 * Limits how much work runs at once: one for each name and a few in total, while a few more wait. Many calls for one
 * name occupy one place only.
 */
export class Turns {
  private readonly running = new Set<string>();
  private readonly waiting = new Set<Waiting>();

  constructor(private readonly limits: TurnLimits) {}

  /** @throws Failure `temporary_failure` when too many wait, or when this one has waited too long */
  async take<T>(name: string, work: () => Promise<T>): Promise<T> {
    await this.turnOf(name);
    try {
      return await work();
    } finally {
      this.running.delete(name);
      this.startNext();
    }
  }

  /** Refuses all work that still waits. */
  close(): void {
    for (const one of this.waiting) one.refuse();
  }

  private async turnOf(name: string): Promise<void> {
    if (!this.canStart(name)) await this.waitFor(name);
    else this.running.add(name);
  }

  private waitFor(name: string): Promise<void> {
    const sameName = [...this.waiting].filter((one) => one.name === name).length;
    const { waiting, waitingEach, longestWaitMs } = this.limits;
    if (this.waiting.size >= waiting || sameName >= waitingEach) throw crowded();
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.waiting.delete(one);
      };
      const one: Waiting = {
        name,
        start: () => {
          end();
          this.running.add(name);
          resolve();
        },
        refuse: () => {
          end();
          reject(crowded());
        },
      };
      const timer = setTimeout(one.refuse, longestWaitMs);
      this.waiting.add(one);
    });
  }

  private canStart(name: string): boolean {
    return this.running.size < this.limits.atOnce && !this.running.has(name);
  }

  private startNext(): void {
    for (const one of this.waiting) if (this.canStart(one.name)) one.start();
  }
}

function crowded(): Failure {
  return new Failure(
    'temporary_failure',
    'too_many_at_once',
    'more consents come in at once than can be finished',
    'open the link again in a minute',
  );
}
