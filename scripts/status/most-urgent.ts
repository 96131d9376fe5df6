import { byUrgency, wordOf, type StatusRow } from './rows';
import { wordsByUrgency, type StandingWord } from './standing';

/** Takes rows one by one, counts them all, and keeps the most urgent: a store may have more than memory has room for. */
export class MostUrgent<Row extends StatusRow> {
  readonly counts: Map<StandingWord, number> = new Map(wordsByUrgency.map((word) => [word, 0]));
  private kept: Row[] = [];

  constructor(private readonly most: number) {}

  add(row: Row): void {
    this.count(wordOf(row), 1);
    this.kept.push(row);
    if (this.kept.length >= this.most * 2 + spareRows) this.kept = this.rows();
  }

  /** The most urgent so far, the most urgent first. */
  rows(): Row[] {
    return byUrgency(this.kept).slice(0, this.most);
  }

  /** Counts rows that are less urgent than as many as are kept. */
  count(word: StandingWord, number: number): void {
    this.counts.set(word, (this.counts.get(word) ?? 0) + number);
  }
}

const spareRows = 1000;
