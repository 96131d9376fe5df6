import { dayMs } from '../text/duration';
import { attemptOutcomes, type Attempt } from './attempt';

/** How many days are counted, the last of them today, in UTC. */
export const daysCounted = 60;

/** What happened to a connection on each of the days, oldest first. */
export interface Days {
  readonly successes: Uint16Array;
  readonly failures: Uint16Array;
  /** The first day of which something would be known; before it nobody can tell. */
  readonly from: number;
}

/** The days of every connection that a log tells of, by its environment's name. */
export interface DailyHistory {
  readonly byName: ReadonlyMap<string, Days>;
  /** The first day that the log goes back to; {@link daysCounted} when it is empty. */
  readonly from: number;
}

type Outcome = Attempt['outcome'];

/** Outcomes that leave the connection as it should be. */
const successes: ReadonlySet<Outcome> = new Set([
  'refreshed',
  'not_due',
  'adopted',
  'connected',
  'taken_over',
  'restored',
]);
/** Outcomes that say nothing of the connection: another process had it, or a person ended it. */
const neither: ReadonlySet<Outcome> = new Set(['busy', 'disconnected']);
/** With these a connection begins here. */
const beginnings: ReadonlySet<Outcome> = new Set(['connected', 'taken_over']);

/** The instant at which the first of the days begins. */
export function firstDayAt(now: Date): Date {
  return new Date((Math.floor(now.getTime() / dayMs) - daysCounted + 1) * dayMs);
}

/** Counts attempts by environment and day; `add` takes them in the order of the log; `times` of them at once. */
export class DayCounter {
  private readonly byName = new Map<string, { successes: Uint16Array; failures: Uint16Array; begins: number }>();
  private readonly firstMs: number;
  private from: number = daysCounted;

  constructor(now: Date) {
    this.firstMs = firstDayAt(now).getTime();
  }

  add(environment: string, atMs: number, outcome: Outcome, times = 1): void {
    const day = Math.floor((atMs - this.firstMs) / dayMs);
    if (day < 0 || day >= daysCounted) {
      if (day < 0) this.from = 0;
      return;
    }
    this.from = Math.min(this.from, day);
    let days = this.byName.get(environment);
    if (days === undefined) {
      const [none, no] = [new Uint16Array(daysCounted), new Uint16Array(daysCounted)];
      days = { successes: none, failures: no, begins: beginnings.has(outcome) ? day : -1 };
      this.byName.set(environment, days);
    }
    if (neither.has(outcome)) return;
    const counts = successes.has(outcome) ? days.successes : days.failures;
    counts[day] = Math.min((counts[day] ?? 0) + times, 0xffff);
  }

  history(): DailyHistory {
    const { from } = this;
    const entries = [...this.byName].map(
      ([name, { begins, ...counts }]) => [name, { ...counts, from: Math.max(begins, from) }] as const,
    );
    return { byName: new Map(entries), from };
  }
}

const outcomes: ReadonlySet<string> = new Set(attemptOutcomes);

/** Whether a word of a log is an outcome; another version may write others. */
export function isOutcome(word: string): word is Outcome {
  return outcomes.has(word);
}
