import { environmentNamed, type Context } from '../context';
import { valueOf, type Environment } from '../environment/environment';
import { grantOf } from '../environment/grant';
import { readable, type LockedNotified, type LastNotified, type StoredEnvironment } from '../environment/store';
import { heldName } from '../environment/tenant';
import { Failure, type FailureKind } from '../errors';
import { mapConcurrently } from '../fleet/concurrency';
import type { EnvironmentResult, RefreshResult } from '../fleet/result';
import { failureOf } from '../terminal/console';
import { callHook } from './call';
import type { HookCommand, HookConfig, HookName } from './config';
import { decideHook, isRecovery, type Outcome } from './decide';
import { counted } from '../text/count';

/** A result with the failure of a hook that ran for it. */
export interface NotifiedResult extends EnvironmentResult {
  readonly result: EnvironmentResult['result'] & {
    readonly hookError?: { readonly code: string; readonly message: string; readonly hint: string };
  };
  readonly hookKind?: FailureKind;
}

/** A run's results after the hooks have run. */
export interface HookSummary {
  readonly done: readonly NotifiedResult[];
  /** Whether a signal has stopped the hooks before all had run. */
  readonly isCutOff: boolean;
}

/** This many hooks run at the same time. */
const hooksAtOnce = 4;

/** No hook is started later than this, because the next run's refreshes must not wait for this run's hooks. */
const longestNotifyingMs = 5 * 60_000;

/**
 * Runs the configured hooks for what a run has changed, once per change on this machine. What hooks were last notified
 * of is kept beside the environment, and locked while a hook is chosen, run and noted. After an interruption in
 * between, the hook runs again. A hook that failed is not run again for the same change; its failure is printed and is
 * part of the result. Of the `reminded`, people are told again that a consent is needed.
 */
export async function notifyHooks(
  done: readonly EnvironmentResult[],
  config: HookConfig,
  context: Context,
  reminded: ReadonlySet<string> = new Set(),
): Promise<HookSummary> {
  const { console, now, signals } = context;
  const lastBegin = now().getTime() + longestNotifyingMs;
  const isOver = (): boolean => signals.isStopping() || now().getTime() > lastBegin;
  const failures = new Map<EnvironmentResult, Failure>();
  let left = 0;
  await mapConcurrently(
    done,
    () => hooksAtOnce,
    async (one) => {
      const ended = await notifyOne(one, { config, isOver, isReminder: reminded.has(one.given) }, context);
      if (ended === 'left') left += 1;
      if (!(ended instanceof Failure)) return;
      failures.set(one, ended);
      console.say(`evergrant: ${ended.message}\n  → ${ended.hint}`);
    },
  );
  if (left > 0) console.say(`note: what changed of ${counted(left, 'environment')} is told by the next run`);
  return { done: done.map((one) => withFailure(one, failures.get(one))), isCutOff: left > 0 && signals.isStopping() };
}

function withFailure(one: EnvironmentResult, failure: Failure | undefined): NotifiedResult {
  if (failure === undefined) return one;
  const { kind, code, message, hint } = failure;
  return { ...one, result: { ...one.result, hookError: { code, message, hint } }, hookKind: kind };
}

/** How to notify of one environment. */
interface Notifying {
  readonly config: HookConfig;
  readonly isOver: () => boolean;
  readonly isReminder: boolean;
}

async function notifyOne(
  { given, result }: EnvironmentResult,
  notifying: Notifying,
  context: Context,
): Promise<Failure | 'left' | undefined> {
  if (result.detail === 'moved') return undefined;
  if (result.detail === 'waiting' && !notifying.isReminder) return undefined; // its customer has a link already
  const stored = storedIn(given, context);
  if (stored === undefined) return undefined;
  const isNews = notifying.isReminder || decideHook(await stored.lastNotified(), result).note !== undefined;
  if (!isNews) return undefined; // nearly always so
  const held = await stored.lockNotified();
  try {
    return held && (await notifyLocked(stored, result, held, notifying, context));
  } catch (error) {
    return failureOf(error, context.console); // it stops neither other hooks nor the results
  } finally {
    await held?.release();
  }
}

/** Decides again under the lock: another process may have notified or refreshed meanwhile. */
async function notifyLocked(
  stored: StoredEnvironment,
  result: RefreshResult,
  held: LockedNotified,
  { config, isOver, isReminder }: Notifying,
  context: Context,
): Promise<Failure | 'left' | undefined> {
  const environment = await readable(stored);
  const generation = environment === undefined ? null : grantOf(environment, context.now()).generation;
  if (result.error !== null && generation !== result.generation) return undefined; // outdated: the next run looks again
  const last = await held.last();
  const found = { outcome: result.outcome, generation };
  const { hook, outcome, note = isReminder ? found : undefined, provisional } = decideHook(last, found);
  const first = hook ?? (isReminder ? 'on-consent-needed' : undefined);
  const wanted = [first, isRecovery(last, found) ? ('on-recovered' as const) : undefined];
  const orders = wanted.flatMap((name): [HookName, HookCommand][] => {
    const command = name && config.commands[name];
    return name === undefined || command === undefined ? [] : [[name, command]];
  });
  const organisation = organisationOf(environment);
  const keep = async (last: Outcome | undefined, of = organisation): Promise<Failure | undefined> =>
    last && (await tryNote(held, { ...last, organisation: of }));
  if (orders.length === 0) {
    await keep(note);
    return undefined;
  }
  const before = last?.organisation ?? organisation;
  await keep(provisional, before);
  if (isOver()) return 'left';
  const replaced = ['', organisation.id].includes(before.id) ? '' : before.name || before.id;
  const event = { outcome, previous: last?.outcome ?? '', replaced, error: result.error };
  const failures: Failure[] = [];
  for (const [name, command] of orders) {
    const failure = await callHook(command, config.limitMs, { hook: name, ...event }, stored, environment, context);
    if (failure !== undefined) failures.push(failure);
  }
  const unnoted = await keep(note);
  return failures[0] ?? unnoted;
}

/** The organisation for the note. That of a file that can't be read is blank, which counts as no change. */
function organisationOf(environment: Environment | undefined): LastNotified['organisation'] {
  if (environment === undefined) return { id: '', name: '' };
  return { id: valueOf(environment, 'tenant_id'), name: heldName(environment) };
}

/** Notes, and returns the failure: if a hook has run, it will run again because of it. */
async function tryNote(held: LockedNotified, note: LastNotified): Promise<Failure | undefined> {
  try {
    await held.note(note);
    return undefined;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

/** The environment; undefined for an invalid name, which its result reports. */
function storedIn(given: string, context: Context): StoredEnvironment | undefined {
  try {
    return environmentNamed(context, given);
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}
