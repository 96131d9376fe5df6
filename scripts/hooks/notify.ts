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
import type { HookConfig } from './config';
import { decideHook, type Outcome } from './decide';

/** A result that says of a hook that failed for it. */
export interface NotifiedResult extends EnvironmentResult {
  readonly result: EnvironmentResult['result'] & {
    readonly hookError?: { readonly code: string; readonly message: string; readonly hint: string };
  };
  readonly hookKind?: FailureKind;
}

/** What came of telling a run's results. */
export interface HookSummary {
  readonly done: readonly NotifiedResult[];
  /** Whether a signal has left something untold. */
  readonly isCutOff: boolean;
}

/** So many hooks run at the same time. */
const width = 4;

/** No hook is begun later in a run: the next run's refreshes must not wait for this one's hooks. */
const longestNotifyingMs = 5 * 60_000;

/**
 * Tells of what a run has changed by the hooks that are ordered, once per change on this machine: what was told of an
 * environment is kept beside it, and held by a lock while it is decided, told and noted. A run that is cut off in between
 * tells again. A hook that failed is not run again for its change; its failure is said, and stands in the result.
 */
export async function notifyHooks(
  done: readonly EnvironmentResult[],
  orders: HookConfig,
  context: Context,
): Promise<HookSummary> {
  const { console, now, signals } = context;
  const lastBegin = now().getTime() + longestNotifyingMs;
  const isOver = (): boolean => signals.isStopping() || now().getTime() > lastBegin;
  const failures = new Map<EnvironmentResult, Failure>();
  let left = 0;
  await mapConcurrently(
    done,
    () => width,
    async (one) => {
      const told = await notifyOne(one, orders, isOver, context);
      if (told === 'left') left += 1;
      if (!(told instanceof Failure)) return;
      failures.set(one, told);
      console.say(`evergrant: ${told.message}\n  → ${told.hint}`);
    },
  );
  if (left > 0) console.say(`note: what changed of ${left} environments is told by the next run`);
  return { done: done.map((one) => withFailure(one, failures.get(one))), isCutOff: left > 0 && signals.isStopping() };
}

function withFailure(one: EnvironmentResult, failure: Failure | undefined): NotifiedResult {
  if (failure === undefined) return one;
  const { kind, code, message, hint } = failure;
  return { ...one, result: { ...one.result, hookError: { code, message, hint } }, hookKind: kind };
}

async function notifyOne(
  { given, result }: EnvironmentResult,
  orders: HookConfig,
  isOver: () => boolean,
  context: Context,
): Promise<Failure | 'left' | undefined> {
  const stored = storedIn(given, context);
  if (stored === undefined) return undefined;
  if (decideHook(await stored.lastNotified(), result).note === undefined) return undefined; // as nearly always
  const held = await stored.lockNotified();
  try {
    return held && (await notifyLocked(stored, result, held, orders, isOver, context));
  } catch (error) {
    return failureOf(error, context.console); // it stops no other, nor the results
  } finally {
    await held?.release();
  }
}

/** Decides anew now that nobody else tells: another process may have told, or refreshed, in the meantime. */
async function notifyLocked(
  stored: StoredEnvironment,
  result: RefreshResult,
  held: LockedNotified,
  orders: HookConfig,
  isOver: () => boolean,
  context: Context,
): Promise<Failure | 'left' | undefined> {
  const environment = await readable(stored);
  const generation = environment === undefined ? null : grantOf(environment, context.now()).generation;
  if (result.error !== null && generation !== result.generation) return undefined; // overtaken: the next run looks again
  const last = await held.last();
  const { hook, outcome, note, provisional } = decideHook(last, { outcome: result.outcome, generation });
  const command = hook && orders.commands[hook];
  const organisation = organisationOf(environment);
  const keep = async (told: Outcome | undefined, of = organisation): Promise<Failure | undefined> =>
    told && (await tryNote(held, { ...told, organisation: of }));
  if (hook === undefined || command === undefined) {
    await keep(note);
    return undefined;
  }
  const before = last?.organisation ?? organisation;
  await keep(provisional, before);
  if (isOver()) return 'left';
  const replaced = ['', organisation.id].includes(before.id) ? '' : before.name || before.id;
  const event = { hook, outcome, previous: last?.outcome ?? '', replaced, error: result.error };
  const failure = await callHook(command, orders.limitMs, event, stored, environment, context);
  const unnoted = await keep(note);
  return failure ?? unnoted;
}

/** What is not known, as of a file that can't be read, changes nothing that was told. */
function organisationOf(environment: Environment | undefined): LastNotified['organisation'] {
  if (environment === undefined) return { id: '', name: '' };
  return { id: valueOf(environment, 'tenant_id'), name: heldName(environment) };
}

/** What can't be noted matters where a hook has run: it will run again. */
async function tryNote(held: LockedNotified, note: LastNotified): Promise<Failure | undefined> {
  try {
    await held.note(note);
    return undefined;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

/** Undefined for a name that is none: the result says so. */
function storedIn(given: string, context: Context): StoredEnvironment | undefined {
  try {
    return environmentNamed(context, given);
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}
