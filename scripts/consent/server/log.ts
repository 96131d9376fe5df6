const mostLinesPerMinute = 20;
const longestLine = 1_000;

/**
 * What `listen` logs: a line for each consent, a few lines a minute for the failures of each environment and of all
 * unknown requests together, and then the number of the others. So nobody can fill the disk, or hide a customer's
 * failure among others.
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

  /** `name` is an environment's, or '' when it is not known. */
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

/** A text as a single line of the log, with nothing that changes how the line is displayed. */
function oneLine(text: string): string {
  const line = text.toWellFormed().replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ');
  return line.length > longestLine ? `${line.slice(0, longestLine).toWellFormed()}…` : line;
}
