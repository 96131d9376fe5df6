import { formatDuration } from '../text/duration';
import type { Attempt } from './attempt';
import { formatOutcome, type Past } from './sentences';

/** Something that happened to a connection, once or repeatedly, in a span of time. */
export interface TimelineEntry {
  readonly from: Date;
  readonly to: Date;
  readonly sentence: string;
  readonly isTrouble: boolean;
}

const hourMs = 60 * 60_000;

/** The history of a connection in words, from its attempts, oldest first. Repeated attempts become one entry. */
export function timelineOf(attempts: readonly Attempt[]): TimelineEntry[] {
  const past = new PastAttempts();
  const entries: TimelineEntry[] = [];
  let group: Attempt[] = [];
  const endEntry = (): void => {
    if (group.length > 0) entries.push(entryOf(group, past));
    group = [];
  };
  for (const attempt of attempts) {
    const foreign = past.foreignToken(attempt);
    if (foreign !== undefined || !continues(group, attempt)) endEntry();
    if (foreign !== undefined) entries.push({ from: attempt.at, to: attempt.at, sentence: foreign, isTrouble: true });
    group.push(attempt);
    past.add(attempt);
  }
  endEntry();
  return entries;
}

function entryOf(group: readonly Attempt[], past: Past): TimelineEntry {
  const [from, to] = [group[0]?.at ?? new Date(0), group.at(-1)?.at ?? new Date(0)];
  const { outcome } = group[0] ?? { outcome: 'refreshed' };
  const interval = outcome === 'refreshed' ? formatUsualGap(group) : '';
  return { from, to, sentence: formatOutcome(group, interval, past), isTrouble: !healthyOutcomes.has(outcome) };
}

const healthyOutcomes: ReadonlySet<Attempt['outcome']> = new Set([
  'refreshed',
  'not_due',
  'adopted',
  'connected',
  'taken_over',
  'restored',
]);

/** Whether an attempt repeats those of a group, and not after an unusually long gap. */
function continues(group: readonly Attempt[], next: Attempt): boolean {
  const [first] = group;
  if (next.outcome === 'renamed') return false; // each time from another name
  if (first?.outcome !== next.outcome || first.error?.code !== next.error?.code) return false;
  if (first.outcome !== 'refreshed' && first.status !== next.status) return false;
  const last = group.at(-1) ?? first;
  const gapMs = next.at.getTime() - last.at.getTime();
  const usualMs = group.length < 2 ? gapMs : (last.at.getTime() - first.at.getTime()) / (group.length - 1);
  return gapMs <= Math.max(hourMs, 3 * usualMs);
}

function formatUsualGap(group: readonly Attempt[]): string {
  const gaps = gapsOf(group);
  const usual = median(gaps);
  if (usual === undefined || gaps.length < 2) return '';
  const isRegular = gaps.every((gap) => gap > usual / 2 && gap < usual * 2);
  return isRegular ? `, about every ${formatDuration(usual)}` : '';
}

function gapsOf(group: readonly Attempt[]): number[] {
  return group.slice(1).map((attempt, at) => attempt.at.getTime() - (group[at] ?? attempt).at.getTime());
}

function median(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** What earlier attempts say about the tokens, which explains the next attempt. */
class PastAttempts implements Past {
  private readonly spentAt = new Map<string, Date>();
  private readonly madeAt = new Map<string, Date>();
  private held: string | null = null;
  private unansweredAt: Date | null = null;

  add({ at, outcome, before, after, tries }: Attempt): void {
    if (outcome === 'refreshed' && before !== null) this.spentAt.set(before, at);
    if (after !== null && !this.madeAt.has(after)) this.madeAt.set(after, at);
    this.held = after ?? (outcome === 'not_saved' ? null : this.held);
    if (outcome === 'temporary_failure' && tries > 0) this.unansweredAt ??= at;
    else if (after !== null) this.unansweredAt = null;
  }

  whenSpent(token: string): Date | undefined {
    return this.spentAt.get(token);
  }

  whenMade(token: string): Date | undefined {
    return this.madeAt.get(token);
  }

  unansweredSince(): Date | null {
    return this.unansweredAt;
  }

  /** A sentence when the file holds another token than the last attempt left there; otherwise undefined. */
  foreignToken({ before }: Attempt): string | undefined {
    if (before === null || this.held === null || before === this.held) return undefined;
    const spentAt = this.spentAt.get(before);
    if (spentAt === undefined) {
      return `it held token ${before}, which no command put there: it came from a copy or another program`;
    }
    return `it held token ${before} again, spent at ${formatMinute(spentAt)}: an older copy had been put back`;
  }
}

/** `2026-11-22 10:00`, UTC. */
export function formatMinute(at: Date): string {
  return at.toISOString().slice(0, 16).replace('T', ' ');
}
