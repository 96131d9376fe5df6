import { storeOf, type Context } from '../context';
import type { EnvironmentResult, RefreshResult } from '../fleet/result';
import type { Trouble } from '../history/trouble';
import { refreshTokenLifetimeMs } from '../xero';
import { keepSaid, tellingWaitMs } from './notes';
import { formatBegun, formatEnded, hintFor, mostNames } from './sentences';
import { causesOf, newsOf, type Cause, type Finding } from './troubles';

/** A run over the whole store. */
export interface WholeRun {
  readonly done: readonly EnvironmentResult[];
  /** Whether every environment was looked at; false after a signal. */
  readonly isWhole: boolean;
  /** Undefined: nobody is reminded. */
  readonly remindAfterMs?: number | undefined;
}

/**
 * Tells on stderr what has changed since the last run over the whole store: each trouble once when it begins and once when it
 * is over, in one line for a cause, and reminders of consents that wait. Nothing has changed: nothing is said. What was said
 * is kept by the store; where it can't be, all is said each time.
 * @returns the environments of which people were reminded, as they were given
 */
export async function tellNews(run: WholeRun, context: Context): Promise<readonly string[]> {
  const { console } = context;
  const store = storeOf(context);
  const isWell = run.done.every(({ result, kind, link }) => (kind ?? result.warning ?? link) === undefined);
  if (isWell && (await store.said()).length === 0) return []; // nearly always so
  const said = await store.lockSaid(tellingWaitMs);
  try {
    const now = context.now();
    const kept = await said.troubles();
    const before = kept.map((one) => notLater(one, now));
    const earlier = before.filter(isOfRefresh);
    const unproven = await unprovenIn(run.done, earlier, context);
    const findings = [
      ...run.done.map((one) => findingOf(one, unproven)),
      ...(run.isWhole ? [] : leftOut(run.done, earlier)),
    ];
    const isXeroAnswering = run.done.some(({ result }) => result.outcome === 'refreshed');
    const { begun, ended, known } = newsOf(earlier, { findings, isXeroAnswering, now });
    for (const line of begun.flatMap((cause) => linesOf(cause, run.done, now))) console.say(line);
    for (const cause of ended) console.say(`evergrant: ${formatEnded(cause, now)}`);
    const { reminded, waiting, after } = reminders(run, known, before, now);
    for (const cause of causesOf(reminded)) {
      console.say(`evergrant: reminder: ${formatBegun(cause, now)}\n  → ${hintFor(cause)}`);
    }
    await keepSaid(said, kept, [...before.filter(isNote), ...after, ...waiting], context);
    const names = new Set(reminded.map(({ name }) => name));
    return run.done.filter(({ result }) => names.has(result.environment)).map(({ given }) => given);
  } finally {
    await said.release();
  }
}

/** One environment that was never connected, or handed over, is no trouble; a warning is one, though it was refreshed. */
function findingOf({ result, kind }: EnvironmentResult, unproven: ReadonlySet<string>): Finding {
  const { environment: name, outcome, error, warning } = result;
  if (unproven.has(name)) return { name, trouble: 'unknown' };
  if (kind === undefined && (outcome === 'consent_needed' || result.detail === 'moved')) {
    return { name, trouble: undefined, endsInSilence: true };
  }
  if (error !== null) return { name, trouble: { outcome, code: error.code } };
  return { name, trouble: warning === undefined ? undefined : { outcome: 'warning', code: 'warning' } };
}

/**
 * Environments that have a trouble and were not due: nobody was asked, so that says nothing of it while the last attempt, by
 * whomever, failed. Only a refresh shows that a warning is over.
 */
async function unprovenIn(
  done: readonly EnvironmentResult[],
  before: readonly Trouble[],
  context: Context,
): Promise<ReadonlySet<string>> {
  const outcomes = new Map(before.map(({ name, outcome }) => [name, outcome]));
  const isOpen = ({ result }: EnvironmentResult): boolean =>
    result.outcome === 'not_due' && result.detail !== 'moved' && outcomes.has(result.environment);
  const open = done.filter(isOpen).map(({ result }) => result);
  if (open.length === 0) return new Set();
  const attempts = await storeOf(context).lastAttempts();
  const isUnproven = ({ environment, refreshTokenExpiresAt }: RefreshResult): boolean => {
    if (outcomes.get(environment) === 'warning') return true;
    const last = attempts.get(environment);
    const rotatedMs = Date.parse(refreshTokenExpiresAt ?? '') - refreshTokenLifetimeMs;
    return last !== undefined && failing.includes(last.outcome) && !(rotatedMs > last.at.getTime());
  };
  return new Set(open.filter(isUnproven).map(({ environment }) => environment));
}

/** A connection that has ended is never called not due. */
const failing: readonly string[] = ['temporary_failure', 'busy', 'refused', 'not_saved', 'invalid'];

/** Environments that the run did not come to: what was known of them stays. */
function leftOut(done: readonly EnvironmentResult[], before: readonly Trouble[]): Finding[] {
  const seen = new Set(done.map(({ result }) => result.environment));
  const names = new Set(before.map(({ name }) => name).filter((name) => !seen.has(name)));
  return [...names].map((name) => ({ name, trouble: 'unknown' }));
}

/** A few files that make no sense are told of in their own words, as each needs its own command; others by their cause. */
function linesOf(cause: Cause, done: readonly EnvironmentResult[], now: Date): string[] {
  const resultOf = (name: string): RefreshResult | undefined =>
    done.find(({ result }) => result.environment === name)?.result;
  const isByName = cause.names.length === 1 || (cause.outcome === 'invalid' && cause.names.length <= mostNames);
  if (isByName) return cause.names.map((name) => ownLine(resultOf(name)));
  const [name = ''] = cause.names;
  const { error = null, warning = '' } = resultOf(name) ?? {};
  const hint = cause.outcome === 'temporary_failure' && error !== null ? error.hint : hintFor(cause);
  return [`evergrant: ${formatBegun(cause, now)}\n  such as: ${error?.message ?? warning}\n  → ${hint}`];
}

function ownLine(result: RefreshResult | undefined): string {
  const { error = null, warning = '' } = result ?? {};
  return error === null ? `note: ${warning}` : `evergrant: ${error.message}\n  → ${error.hint}`;
}

interface Reminders {
  readonly reminded: readonly Trouble[];
  /** Links that nobody has opened, of which people were reminded. */
  readonly waiting: readonly Trouble[];
  readonly after: readonly Trouble[];
}

/** Whom to remind of: consents that are needed and links that nobody opened, when they were last told of long ago. */
function reminders(
  { done, isWhole, remindAfterMs }: WholeRun,
  known: readonly Trouble[],
  before: readonly Trouble[],
  now: Date,
): Reminders {
  const links = before.filter(isWaiting);
  const saidOf = new Map(links.map(({ name, saidAt }) => [name, saidAt]));
  if (remindAfterMs === undefined) return { reminded: [], waiting: links, after: known };
  const isDue = ({ saidAt }: Trouble): boolean => now.getTime() - saidAt.getTime() >= remindAfterMs;
  const open = done.flatMap(({ result: { environment: name }, link }): Trouble[] => {
    if (link === undefined) return [];
    const last = saidOf.get(name) ?? now;
    const isKnownLater = saidOf.has(name) && (last > link.madeAt || link.madeAt > now);
    const saidAt = isKnownLater ? last : earlierOf(link.madeAt, now);
    return [{ name, outcome: 'waiting', code: 'waiting', since: earlierOf(link.madeAt, now), saidAt, isOwn: false }];
  });
  const needed = known.filter(({ outcome }) => outcome === 'consent_needed');
  const reminded = [...needed, ...open].filter(isDue);
  const isTold = new Set(reminded);
  const told = (one: Trouble): Trouble => (isTold.has(one) ? { ...one, saidAt: now } : one);
  const seen = new Set(done.map(({ result }) => result.environment));
  const unseen = isWhole ? [] : links.filter(({ name }) => !seen.has(name));
  return { reminded, waiting: [...open.map(told), ...unseen], after: known.map(told) };
}

/** A time that is still to come was noted by a clock that was wrong: it counts as now. */
function notLater(one: Trouble, now: Date): Trouble {
  return { ...one, since: earlierOf(one.since, now), saidAt: earlierOf(one.saidAt, now) };
}

function earlierOf(one: Date, other: Date): Date {
  return one < other ? one : other;
}

function isNote({ outcome }: Trouble): boolean {
  return outcome === 'note';
}

function isWaiting({ outcome }: Trouble): boolean {
  return outcome === 'waiting';
}

function isOfRefresh(one: Trouble): boolean {
  return !isNote(one) && !isWaiting(one);
}
