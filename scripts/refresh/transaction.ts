import { valueOf } from '../environment/environment';
import { changesForTokens, generationOf, grantOf, type Grant, type TokenSet } from '../environment/grant';
import { isXerosUrl } from '../environment/hosts';
import { credentialKeys, requireSettings, settingsOf, withRefreshToken, type Settings } from '../environment/settings';
import type { StoredEnvironment, LockedEnvironment } from '../environment/store';
import { ownTenant } from '../environment/tenant';
import { Failure } from '../errors';
import { dayMs, minuteMs, formatDuration } from '../text/duration';
import { gracePeriodMs } from '../xero';
import { candidatesFor, takeUpYounger } from './candidates';
import { isDue, refuseWithoutGrant, type RefreshOptions } from './due';
import type { Refreshed, RefreshEffects, Waiting } from './effects';
import * as failures from './failures';
import { judgeTokenAnswer, type Answer, type Verdict } from './token-answer';
import { nothingTried, notingAnswer, type Tried } from './tried';

/**
 * One refresh: the transaction that every access token of an environment comes through.
 *
 * Xero's refresh tokens are single use: each answer replaces the token that asked for it (RFC 6749 §6, RFC 9700 §4.14.2).
 * So the order is: lock; read again; still due?; prove that the answer can be saved, and mark the file; ask; save at once;
 * report; release. What can happen, and what saves the grant:
 * - killed before the request is sent: the mark says "interrupted"; the next run sends the same, unspent token;
 * - killed, cut off or out of power between request and save, or no answer: Xero honours the old token for 30 minutes
 *   more, and the next run sends it again. Past that it is sent once a run, not retried: if it was never spent it still
 *   works, and if it was, the refusal ends the matter;
 * - another process refreshed first: the lock's loser reads the newer generation and uses it;
 * - the disk is full or read-only, or the file can't be replaced: found out before anything is spent; if it happens after
 *   that, the set is in the recovery file, which the next run picks up first;
 * - an older copy of the file was put back: a younger set that is kept here is taken up before anything is asked;
 * - Xero refuses the token: believed only if the file still holds the token that was refused, and no other token that is
 *   kept here can still live.
 * Not guaranteed: two stores (copies of one environment on two machines) do not see each other's lock, and a machine that
 * stays down for over 30 minutes after losing an answer loses the grant.
 *
 * @throws Failure of every kind but `bug`
 */
export async function refreshGrant(
  stored: StoredEnvironment,
  options: RefreshOptions,
  effects: RefreshEffects,
): Promise<Refreshed> {
  const before = await stored.read();
  if (!(await stored.hasRecovery())) {
    const grant = grantOf(before, effects.now());
    refuseWithoutGrant(before, grant);
    if (!isDue(grant, options, effects.now())) return { outcome: 'not_due', environment: before };
  }
  const tried = nothingTried(effects.now());
  const locked = await stored.lock(options.waitMs);
  try {
    const refreshed = await refreshLocked(locked, generationOf(before), stored.where, options, effects, tried);
    if (refreshed.outcome !== 'not_due') await effects.record?.({ ...tried, refreshed });
    return refreshed;
  } catch (error) {
    // A connection that is known to be over is no attempt.
    const isKnown = error instanceof Failure && error.kind === 'consent_needed' && tried.requests === 0;
    if (!isKnown) await effects.record?.({ ...tried, error });
    throw error;
  } finally {
    await locked.release();
  }
}

async function refreshLocked(
  locked: LockedEnvironment,
  generationBefore: number,
  where: string,
  options: RefreshOptions,
  effects: RefreshEffects,
  tried: Tried,
): Promise<Refreshed> {
  const isPickedUp = (await locked.pickUpRecovery()) || (await takeUpYounger(locked));
  const environment = await locked.read();
  const grant = grantOf(environment, effects.now());
  const isNewer = isPickedUp || grant.generation > generationBefore;
  if (!isDue(grant, { ...options, isForced: options.isForced && !isNewer }, effects.now())) {
    return { outcome: isNewer ? 'adopted' : 'not_due', environment };
  }
  const settings = settingsOf(environment, effects.env, where);
  refuseWithoutGrant(environment, grant);
  requireSettings(settings, ['token_url', ...credentialKeys(settings.appType)], where);
  const isMarked = grant.refreshStartedAt !== null;
  const startedAt = grant.refreshStartedAt ?? effects.now();
  await locked.prepareSave(grant.rotates && !isMarked ? { refresh_started_at: startedAt.toISOString() } : {});
  const graceEndsMs = startedAt.getTime() + gracePeriodMs;
  const deadlineMs = effects.monotonicMs() + Math.min(options.patienceMs, graceEndsMs - effects.now().getTime());
  const marked = { startedAt, graceEndsMs, deadlineMs, mayBeSpent: isMarked };
  return await spend({ locked, settings, grant, effects, tried, ...marked });
}

/** A token that is being spent, once the file is marked with it. */
interface Spending {
  readonly locked: LockedEnvironment;
  readonly settings: Settings;
  readonly grant: Grant;
  /** When the token was sent first, in this run or an earlier one; Xero's grace period is counted from here. */
  readonly startedAt: Date;
  readonly graceEndsMs: number;
  /** On the monotonic clock. */
  readonly deadlineMs: number;
  readonly effects: RefreshEffects;
  readonly tried: Tried;
  /** Whether Xero may have taken the token without our having its answer. */
  mayBeSpent: boolean;
}

type Refusal = Exclude<Verdict, { kind: 'granted' }>;

async function spend(spending: Spending): Promise<Refreshed> {
  await waitForRetryAfter(spending);
  const { grant, deadlineMs, effects } = spending;
  const verdict = await sendUntilAnswered(() => ask(spending, spending.settings), deadlineMs, effects);
  if (verdict.kind === 'granted') return await refreshedBy(spending, verdict.tokens);
  if (verdict.kind === 'invalidGrant' && grant.rotates) return await tryCandidates(spending, verdict.code);
  throw await failureOf(spending, verdict);
}

/** Asks until an answer decides, the deadline comes, or this process is to stop. The last verdict counts. */
export async function sendUntilAnswered(
  ask: () => Promise<Verdict>,
  deadlineMs: number,
  { monotonicMs, sleep, random, isStopping }: Waiting,
): Promise<Verdict> {
  for (let attempt = 1; ; attempt++) {
    const verdict = await ask();
    if (verdict.kind !== 'transient') return verdict;
    const pauseMs = pauseBefore(attempt, verdict.retryAfterSeconds, random());
    if (isStopping() || monotonicMs() + pauseMs > deadlineMs) return verdict;
    await sleep(pauseMs);
  }
}

const [firstPauseMs, longestPauseMs] = [500, 15_000];

/** The pause before try number `attempt`: exponential with jitter, never shorter than the server's `Retry-After`. */
export function pauseBefore(attempt: number, retryAfterSeconds: number | undefined, random: number): number {
  const backOffMs = Math.min(firstPauseMs * 2 ** (attempt - 1), longestPauseMs) * (0.5 + random / 2);
  return Math.max(backOffMs, (retryAfterSeconds ?? 0) * 1000);
}

/** A token request, and where its answer goes. */
export interface Sending {
  /** The environment's name, for messages. */
  readonly name: string;
  readonly locked: LockedEnvironment;
  /** Sends it once; `onAnswer` runs inside the answer's event. */
  send(onAnswer: (answer: Answer) => void): Promise<void>;
  /** Keeps a token set, synchronously. @throws Failure `not_saved` */
  keep(tokens: TokenSet): void;
  /** The failure of an answer that no token can be taken from; `place` is where it is kept. */
  unusable(reason: string, place: string | undefined): Failure;
}

/**
 * Sends a token request once. What comes back is saved inside the answer's event, before anything else happens: it has
 * been paid for, even where no token can be taken from it.
 */
export async function sendAndKeep(sending: Sending, effects: Waiting & { now(): Date }): Promise<Verdict> {
  const { locked, name } = sending;
  if (!(await locked.mayStillSend())) throw failures.takenOver(name);
  return await effects.uninterrupted(() => sendOnce(sending, effects.now));
}

async function sendOnce({ locked, send, keep, unusable }: Sending, now: () => Date): Promise<Verdict> {
  let verdict: Verdict = { kind: 'transient', reason: 'no answer', mayBeSpent: true };
  let isKept = false as boolean; // the compiler sees no assignment inside the event
  try {
    await send((answer) => {
      verdict = judgeTokenAnswer(answer, now());
      if (verdict.kind === 'unusable' && answer.kind === 'answer') {
        throw unusable(verdict.reason, locked.keepAnswer(answer.body));
      }
      if (verdict.kind !== 'granted') return;
      keep(verdict.tokens);
      isKept = true;
    });
  } finally {
    if (isKept) await locked.settle();
  }
  return verdict;
}

async function ask(spending: Spending, settings: Settings): Promise<Verdict> {
  const { locked, grant, effects, tried } = spending;
  const { name } = settings.environment;
  const request = grant.rotates ? 'Refresh tokens' : 'Get access token';
  const sending: Sending = {
    name,
    locked,
    send: (onAnswer) => effects.ask(settings, request, notingAnswer(tried, settings, onAnswer)),
    keep: (tokens) => keepTokens(spending, tokens),
    unusable: (reason, place) => failures.unusableAnswer(name, reason, place, `npx evergrant refresh ${name}`),
  };
  const verdict = await sendAndKeep(sending, effects);
  if (verdict.kind === 'granted') await locked.setRetryAfter(null);
  if (verdict.kind === 'transient') spending.mayBeSpent ||= verdict.mayBeSpent;
  return verdict;
}

/** Where no new refresh token came, the old one may be spent all the same: its mark stays. */
function keepTokens({ locked, grant, startedAt, effects }: Spending, tokens: TokenSet): void {
  const changes = changesForTokens(tokens, grant.generation, effects.now());
  if (!grant.rotates) locked.keep({ ...changes, ...ownTenant(tokens.accessToken) });
  else if (tokens.refreshToken !== undefined) locked.keep(changes);
  else locked.keep({ ...changes, refresh_started_at: startedAt.toISOString() });
}

async function refreshedBy(spending: Spending, tokens: TokenSet): Promise<Refreshed> {
  const isWhole = !spending.grant.rotates || tokens.refreshToken !== undefined || (await askForRefreshToken(spending));
  const environment = await spending.locked.read();
  return {
    outcome: 'refreshed',
    environment,
    warning: isWhole ? undefined : failures.noRefreshToken(environment.name),
  };
}

const mostTriesForRefreshToken = 3;

/** An answer without a new refresh token is asked for again: inside the grace Xero tells the same successor again. */
async function askForRefreshToken(spending: Spending): Promise<boolean> {
  const { locked, settings, effects } = spending;
  for (let attempt = 1; attempt <= mostTriesForRefreshToken; attempt++) {
    if (effects.isStopping()) return false; // the mark stays: the next run asks again
    await effects.sleep(pauseBefore(attempt, undefined, effects.random()));
    const verdict = await ask(spending, settings);
    if (verdict.kind === 'granted' && verdict.tokens.refreshToken !== undefined) return true;
    if (verdict.kind !== 'granted') return false;
  }
  await locked.write({ refresh_started_at: '' });
  return false;
}

/** Only the very token that was refused can be declared dead, and only when no other that is kept here lives. */
async function tryCandidates(spending: Spending, code: string): Promise<Refreshed> {
  const { locked, settings, grant, effects } = spending;
  const environment = await locked.read();
  const refused = new Set([grant.refreshToken]);
  if (!refused.has(valueOf(environment, 'refresh_token'))) return { outcome: 'adopted', environment };
  for (;;) {
    const kept = candidatesFor(environment, await locked.candidates(0), effects.now());
    const token = kept.map((one) => valueOf(one, 'refresh_token')).find((one) => !refused.has(one));
    if (token === undefined || effects.isStopping()) break;
    const verdict = await ask(spending, withRefreshToken(settings, token, effects.env));
    if (verdict.kind === 'granted') return await refreshedBy(spending, verdict.tokens);
    if (verdict.kind !== 'invalidGrant') throw await failureOf(spending, verdict);
    refused.add(token);
  }
  if (await effects.rescue?.(locked)) return { outcome: 'adopted', environment: await locked.read() };
  if (!(await locked.refuse(grant.refreshToken))) return { outcome: 'adopted', environment: await locked.read() };
  throw failures.refusedToken(environment.name, code);
}

async function failureOf(spending: Spending, verdict: Refusal): Promise<Failure> {
  const { settings } = spending;
  if (verdict.kind === 'clientRejected' || verdict.kind === 'invalidGrant') {
    await unmarkIfUnspent(spending);
    return failures.refusedClient(settings.environment.name, verdict.code);
  }
  if (verdict.kind !== 'transient') spending.mayBeSpent = true; // whoever answered, Xero may have rotated the token before
  const isElsewhere = verdict.kind === 'misdirected' && !isXerosUrl(settings.value('token_url'));
  return isElsewhere ? failures.misdirected(settings, verdict.reason) : await unanswered(spending, verdict);
}

async function unanswered(spending: Spending, verdict: failures.Unanswered): Promise<Failure> {
  await unmarkIfUnspent(spending);
  const { locked, settings, graceEndsMs, effects, mayBeSpent } = spending;
  const nowMs = effects.now().getTime();
  const { retryAfterSeconds } = verdict;
  if (retryAfterSeconds !== undefined) await locked.setRetryAfter(new Date(nowMs + retryAfterSeconds * 1000));
  return failures.notAnswering(settings.environment.name, verdict, mayBeSpent ? graceEndsMs - nowMs : 0);
}

/** When the answer says that nothing was spent, or nothing was sent, the file goes back to what it was. */
async function unmarkIfUnspent({ locked, grant, mayBeSpent }: Spending): Promise<void> {
  if (!mayBeSpent && grant.rotates) await locked.write({ refresh_started_at: '' });
}

/** Cron's next run may be this far away, and must still find some of the grace. */
const betweenRunsMs = 15 * minuteMs;

/** Obeys a `Retry-After` that an earlier run was given; a day is the longest that makes sense, whatever was noted. */
async function waitForRetryAfter(spending: Spending): Promise<void> {
  const { locked, effects, graceEndsMs, deadlineMs, mayBeSpent } = spending;
  const untilMs = (await locked.retryAfter())?.getTime() ?? 0;
  const leftMs = untilMs - effects.now().getTime();
  if (leftMs <= 0 || leftMs > dayMs) return;
  // A token that may be spent is lost with its grace: it is asked with once a run, whatever the server would like.
  if (mayBeSpent && untilMs > graceEndsMs - betweenRunsMs) return;
  if (effects.monotonicMs() + leftMs > deadlineMs) {
    throw await unanswered(spending, { reason: `it asked to be left alone for another ${formatDuration(leftMs)}` });
  }
  await effects.sleep(leftMs);
}
