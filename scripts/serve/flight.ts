import { Refusal, tooMany } from './refusal';

/** How many may wait for an answer at once, in all and of one client. */
const [mostAtOnce, mostEach] = [5_000, 2_500];

/** Bounds how many requests wait for an answer, so that no client takes all the room. */
export class Flight {
  private readonly counts = new Map<string, number>();
  private total = 0;

  get size(): number {
    return this.total;
  }

  /** @throws Refusal when there are too many */
  async take<T>(client: string, work: () => Promise<T>): Promise<T> {
    const count = this.counts.get(client) ?? 0;
    if (count >= mostEach) throw tooMany('this client asks more at once than is answered', 1);
    if (this.total >= mostAtOnce) throw new Refusal(503, 'temporarily_unavailable', 'too many ask at once', '', 1);
    this.counts.set(client, count + 1);
    this.total += 1;
    try {
      return await work();
    } finally {
      this.total -= 1;
      const left = (this.counts.get(client) ?? 1) - 1;
      if (left === 0) this.counts.delete(client);
      else this.counts.set(client, left);
    }
  }
}
