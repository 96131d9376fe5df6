import { valueOf } from '../environment/environment';
import { changesForTokens, generationOf, grantOf, type Grant } from '../environment/grant';
import { isXerosUrl } from '../environment/hosts';
import { credentialKeys, requireSettings, settingsOf, withRefreshToken, type Settings } from '../environment/settings';
import type { StoredEnvironment, LockedEnvironment } from '../environment/store';
import { ownTenant } from '../environment/tenant';
import type { TokenSet } from '../environment/tokens';
import { Failure } from '../errors';
import type { Attempt } from '../history/attempt';
import { dayMs, minuteMs, formatDuration } from '../text/duration';
import { gracePeriodMs } from '../xero';
import { candidatesFor, takeUpKept } from './candidates';
import { isDue, refuseWithoutGrant, type RefreshOptions } from './due';
import type { Refreshed, RefreshEffects, Sends, Waiting } from './effects';
import * as failures from './failures';
import { tryingSecrets } from './second-secret';
import { judgeTokenAnswer, type Answer, type Verdict } from './token-answer';
import { nothingTried, notingAnswer, type Tried } from './tried';

/**
 * One refresh: the transaction through which an environment gets every access token.
 *
 * Xero's refresh tokens are single use: each answer replaces the token that asked for it (RFC 6749 §6, RFC 9700
 * §4.14.2). So the order is: lock; read again; still due?; prove that the answer can be saved, and mark the file; ask;
 * save at once; report; release. What can go wrong, and how the grant is kept:
 * - killed before the request is sent: the mark says "interrupted"; the next run sends the same, unused token;
 * - killed, cut off or out of power between request and save, or no answer: Xero honours the old token for 30 minutes
 *   more, and the next run sends it again. After that it is sent once a run and not retried: if it was never used it
 *   still works, and if it was used, Xero refuses it and a new consent is needed;
 * - another process refreshed first: this process waits for the lock, then reads the newer generation and uses it;
 * - the disk is full or read-only, or the file can't be replaced: found out before the token is sent; if it happens
 *   after that, the new set is in the recovery file, which the next run picks up first;
 * - an older copy of the file was put back: a younger set that is kept here replaces it first;
 * - Xero refuses the token: believed only if the file still holds the token that was refused, and no other token that
 *   is kept here can still be valid.
 *
 * Not guaranteed: two stores (copies of one environment on two machines) do not see each other's lock, and a machine
 * that stays down for over 30 minutes after losing an answer loses the grant.
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
  let attempt: Attempt | undefined;
  try {
    const refreshed = await refreshLocked(locked, generationOf(before), stored.where, options, effects, tried);
    if (refreshed.outcome !== 'not_due') attempt = effects.attemptOf?.({ ...tried, refreshed });
    return refreshed;
  } catch (error) {
    // A connection that was known to have ended is not an attempt: nothing was sent.
    const isKnown = error instanceof Failure && error.kind === 'consent_needed' && tried.requests === 0;
    if (!isKnown) attempt = effects.attemptOf?.({ ...tried, error });
    throw error;
  } finally {
    await locked.release(attempt);
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
  const { environment, isTakenUp } = await takeUpKept(locked);
  const grant = grantOf(environment, effects.now());
  const isNewer = isTakenUp || grant.generation > generationBefore;
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
  return await requestTokens({ locked, settings, grant, effects, tried, ...marked });
}

/** A refresh whose file carries the mark; from here on the token may be sent. */
interface Transaction {
  readonly locked: LockedEnvironment;
  readonly settings: Settings;
  readonly grant: Grant;
  /** When the token was first sent, in this run or an earlier one. Xero's grace period starts here. */
  readonly startedAt: Date;
  readonly graceEndsMs: number;
  /** On the monotonic clock. */
  readonly deadlineMs: number;
  readonly effects: RefreshEffects;
  readonly tried: Tried;
  /** Whether Xero may have used up the token although its answer did not reach this process. */
  mayBeSpent: boolean;
}

async function requestTokens(transaction: Transaction): Promise<Refreshed> {
  await waitForRetryAfter(transaction);
  const { grant, deadlineMs, effects } = transaction;
  const verdict = await sendUntilAnswered(() => ask(transaction, transaction.settings), deadlineMs, effects);
  if (verdict.kind === 'granted') return await refreshedBy(transaction, verdict.tokens);
  if (verdict.kind === 'invalidGrant' && grant.rotates) return await tryCandidates(transaction, verdict.code);
  throw await failureOf(transaction, verdict);
}

/** Sends until a verdict is final, the deadline comes, or this process is asked to stop. Returns the last verdict. */
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

/** A token request, and what to do with its answer. */
export interface Sending {
  readonly settings: Settings;
  readonly locked: LockedEnvironment;
  /** Sends it once, with these settings or another secret in them; `onAnswer` runs inside the answer's event. */
  send(settings: Settings, onAnswer: (answer: Answer) => void): Promise<void>;
  /** Keeps a token set, synchronously. @throws Failure `not_saved` */
  keep(tokens: TokenSet): void;
  /** The failure for an answer from which no token can be read; `place` is where the answer is kept. */
  unusable(reason: string, place: string | undefined): Failure;
}

/**
 * Sends a token request once. The answer is saved inside the answer's event, before anything else happens, even when no
 * token can be read from it: the refresh token was used up for it.
 */
export async function sendAndKeep(sending: Sending, effects: Sends): Promise<Verdict> {
  return await tryingSecrets(sending.settings, effects, async (settings) => {
    if (!(await sending.locked.mayStillSend())) throw failures.takenOver(settings.environment.name);
    return await effects.uninterrupted(() => sendOnce(sending, settings, effects.now));
  });
}

async function sendOnce(sending: Sending, settings: Settings, now: () => Date): Promise<Verdict> {
  const { locked, keep, unusable } = sending;
  let verdict: Verdict = { kind: 'transient', reason: 'no answer', mayBeSpent: true };
  let isKept = false as boolean; // the compiler sees no assignment inside the event
  try {
    await sending.send(settings, (answer) => {
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

async function ask(transaction: Transaction, settings: Settings): Promise<Verdict> {
  const { locked, grant, effects, tried } = transaction;
  const { name } = settings.environment;
  const request = grant.rotates ? 'Refresh tokens' : 'Get access token';
  const sending: Sending = {
    settings,
    locked,
    send: (sent, onAnswer) => effects.ask(sent, request, notingAnswer(tried, sent, onAnswer)),
    keep: (tokens) => keepTokens(transaction, tokens),
    unusable: (reason, place) => failures.unusableAnswer(name, reason, place, `npx evergrant refresh ${name}`),
  };
  const verdict = await sendAndKeep(sending, effects);
  if (verdict.kind === 'granted') await locked.setRetryAfter(null);
  if (verdict.kind === 'transient') transaction.mayBeSpent ||= verdict.mayBeSpent;
  return verdict;
}

/** When the answer has no new refresh token, the old one may be used up nevertheless, so the mark stays. */
function keepTokens({ locked, grant, startedAt, effects }: Transaction, tokens: TokenSet): void {
  const changes = changesForTokens(tokens, grant.generation, effects.now());
  if (!grant.rotates) locked.keep({ ...changes, ...ownTenant(tokens.accessToken) });
  else if (tokens.refreshToken !== undefined) locked.keep(changes);
  else locked.keep({ ...changes, refresh_started_at: startedAt.toISOString() });
}

async function refreshedBy(transaction: Transaction, tokens: TokenSet): Promise<Refreshed> {
  const isWhole =
    !transaction.grant.rotates || tokens.refreshToken !== undefined || (await askForRefreshToken(transaction));
  const environment = await transaction.locked.read();
  const warning = isWhole ? undefined : failures.noRefreshToken(environment.name);
  return { outcome: 'refreshed', environment, warning };
}

const mostTriesForRefreshToken = 3;

/**
 * Asks again after an answer that had no refresh token: within the grace period Xero sends the same successor again.
 */
async function askForRefreshToken(transaction: Transaction): Promise<boolean> {
  const { locked, settings, effects } = transaction;
  for (let attempt = 1; attempt <= mostTriesForRefreshToken; attempt++) {
    if (effects.isStopping()) return false; // the mark stays: the next run asks again
    await effects.sleep(pauseBefore(attempt, undefined, effects.random()));
    const verdict = await ask(transaction, settings);
    if (verdict.kind === 'granted' && verdict.tokens.refreshToken !== undefined) return true;
    if (verdict.kind !== 'granted') return false;
  }
  await locked.write({ refresh_started_at: '' });
  return false;
}

/** Ends the grant only when the file still holds the refused token and no other token that is kept here is accepted. */
async function tryCandidates(transaction: Transaction, code: string): Promise<Refreshed> {
  const { locked, settings, effects } = transaction;
  const environment = await locked.read();
  const sent = settings.value('refresh_token');
  const refused = new Set([sent]);
  if (!refused.has(valueOf(environment, 'refresh_token'))) return { outcome: 'adopted', environment };
  for (;;) {
    const kept = candidatesFor(environment, await locked.candidates(0), effects.now());
    const token = kept.map((one) => valueOf(one, 'refresh_token')).find((one) => !refused.has(one));
    if (token === undefined || effects.isStopping()) break;
    const verdict = await ask(transaction, withRefreshToken(settings, token, effects.env));
    if (verdict.kind === 'granted') return await refreshedBy(transaction, verdict.tokens);
    if (verdict.kind !== 'invalidGrant') throw await failureOf(transaction, verdict);
    refused.add(token);
  }
  if (await effects.rescue?.(locked)) return { outcome: 'adopted', environment: await locked.read() };
  if (!(await locked.refuse(sent))) return { outcome: 'adopted', environment: await locked.read() };
  throw failures.refusedToken(environment.name, code);
}

async function failureOf(transaction: Transaction, verdict: Exclude<Verdict, { kind: 'granted' }>): Promise<Failure> {
  const { settings } = transaction;
  if (verdict.kind === 'clientRejected' || verdict.kind === 'invalidGrant') {
    await unmarkIfUnspent(transaction);
    return failures.refusedClient(settings.environment.name, verdict.code);
  }
  if (verdict.kind !== 'transient') transaction.mayBeSpent = true; // Xero may have rotated it before a proxy answered
  const isElsewhere = verdict.kind === 'misdirected' && !isXerosUrl(settings.value('token_url'));
  return isElsewhere ? failures.misdirected(settings, verdict.reason) : await unanswered(transaction, verdict);
}

async function unanswered(transaction: Transaction, verdict: failures.Unanswered): Promise<Failure> {
  await unmarkIfUnspent(transaction);
  const { locked, settings, graceEndsMs, effects, mayBeSpent } = transaction;
  const nowMs = effects.now().getTime();
  const { retryAfterSeconds } = verdict;
  if (retryAfterSeconds !== undefined) await locked.setRetryAfter(new Date(nowMs + retryAfterSeconds * 1000));
  return failures.notAnswering(settings.environment.name, verdict, mayBeSpent ? graceEndsMs - nowMs : 0);
}

/** Removes the mark when nothing was sent, or when the answer shows that the token was not used. */
async function unmarkIfUnspent({ locked, grant, mayBeSpent }: Transaction): Promise<void> {
  if (!mayBeSpent && grant.rotates) await locked.write({ refresh_started_at: '' });
}

/** Cron's next run may come this much later, and must still fall inside the grace period. */
const betweenRunsMs = 15 * minuteMs;

/** Waits for the `Retry-After` that an earlier run received; a time over a day ahead is ignored. */
async function waitForRetryAfter(transaction: Transaction): Promise<void> {
  const { locked, effects, graceEndsMs, deadlineMs, mayBeSpent } = transaction;
  const untilMs = (await locked.retryAfter())?.getTime() ?? 0;
  const leftMs = untilMs - effects.now().getTime();
  if (leftMs <= 0 || leftMs > dayMs) return;
  // A token that may be used up is lost when its grace period ends: it is sent once a run in spite of `Retry-After`.
  if (mayBeSpent && untilMs > graceEndsMs - betweenRunsMs) return;
  if (effects.monotonicMs() + leftMs > deadlineMs) {
    throw await unanswered(transaction, { reason: `it asked to be left alone for another ${formatDuration(leftMs)}` });
  }
  await effects.sleep(leftMs);
}
