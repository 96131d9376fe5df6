/** More different uses in a minute than this are counted together. */
const mostKinds = 500;
const minuteMs = 60_000;

/** One request that was answered or refused. `client` and `environment` are '' where they are not known. */
export interface Use {
  readonly client: string;
  readonly environment: string;
  readonly outcome: string;
}

/**
 * One line for each use by client, environment and outcome, and never a token. The first of a kind is written at once, and
 * at the end of its minute how many more there were: so nobody can fill the disk, and nothing is left out.
 */
export class UseLog {
  private readonly counts = new Map<string, number>();
  private others = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly say: (line: string) => void,
    private readonly now: () => Date,
  ) {}

  note(use: Use): void {
    this.count(lineOf(use));
  }

  /** Writes a line at once, and how often it came again at the end of its minute. */
  count(line: string): void {
    this.timer ??= setTimeout(() => this.endMinute(), minuteMs).unref();
    const count = this.counts.get(line);
    if (count === undefined && this.counts.size >= mostKinds) this.others += 1;
    else this.counts.set(line, (count ?? 0) + 1);
    if (count === undefined && this.counts.has(line)) this.write(line);
  }

  write(line: string): void {
    this.say(`${this.now().toISOString()} ${line}`);
  }

  close(): void {
    clearTimeout(this.timer);
    this.endMinute();
  }

  private endMinute(): void {
    for (const [line, count] of this.counts) if (count > 1) this.write(`${line}, ${count - 1} more in a minute`);
    if (this.others > 0) this.write(`${this.others} uses of other kinds in a minute`);
    this.counts.clear();
    this.others = 0;
    this.timer = undefined;
  }
}

/** Names of clients and environments are plain; what a stranger sent is never part of the line. */
function lineOf({ client, environment, outcome }: Use): string {
  return `${client === '' ? 'somebody' : client}${environment === '' ? '' : ` for ${environment}`}: ${outcome}`;
}
