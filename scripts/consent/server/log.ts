const mostLinesPerMinute = 20;
const longestLine = 1_000;

/**
 * What `listen` writes down: a line for each consent, and of failures a few a minute for each environment, and for all
 * strangers together, then their number. Nobody can fill a disk with it, or hide a customer's failure among others.
 */
export class CallbackLog {
  private readonly failures = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly say: (line: string) => void,
    private readonly now: () => Date,
  ) {}

  write(line: string): void {
    this.say(`${this.now().toISOString()} ${oneLine(line)}`);
  }

  /** `name` is an environment's, or '' for whoever could not be told. */
  writeFailure(name: string, line: string): void {
    const count = (this.failures.get(name) ?? 0) + 1;
    this.failures.set(name, count);
    this.timer ??= setTimeout(() => this.endMinute(), 60_000).unref();
    if (count <= mostLinesPerMinute) this.write(line);
  }

  close(): void {
    clearTimeout(this.timer);
    this.endMinute();
  }

  private endMinute(): void {
    for (const [name, count] of this.failures) {
      const more = count - mostLinesPerMinute;
      if (more > 0) this.write(`${name === '' ? '' : `${name}: `}refused: ${more} more in a minute`);
    }
    this.failures.clear();
    this.timer = undefined;
  }
}

/** A line of the log is one line, whatever it repeats, and reads as it is written. */
function oneLine(text: string): string {
  const line = text.toWellFormed().replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ');
  return line.length > longestLine ? `${line.slice(0, longestLine).toWellFormed()}…` : line;
}
