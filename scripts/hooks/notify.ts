import { homeOf, type Context } from '../context';
import { valueOf, type Environment } from '../environment/environment';
import { placesOf } from '../environment/files/paths';
import { grantOf } from '../environment/grant';
import { heldName } from '../environment/plain-name';
import { readable, type EnvironmentHome } from '../environment/store';
import { Failure, type FailureKind } from '../errors';
import type { Refreshed, RefreshResult } from '../fleet/result';
import { spread } from '../fleet/spread';
import { failureOf } from '../terminal/console';
import { callHook } from './call';
import type { HookOrders } from './config';
import { whatToTell, type Told } from './decide';
import { holdTold, lastTold, type HeldTold, type NotedTold } from './last-notified';

/** A result that says of a hook that failed for it. */
export interface ToldResult extends Refreshed {
  readonly result: Refreshed['result'] & {
    readonly hookError?: { readonly code: string; readonly message: string; readonly hint: string };
  };
  readonly hookKind?: FailureKind;
}

/** What came of telling a run's results. */
export interface Tellings {
  readonly done: readonly ToldResult[];
  /** Whether a signal has left something untold. */
  readonly isCutOff: boolean;
}

/** So many hooks run at the same time. */
const width = 4;

/** No hook is begun later in a run: the next run's refreshes must not wait for this one's hooks. */
const longestTellingMs = 5 * 60_000;

/**
 * Tells of what a run has changed by the hooks that are ordered, once per change on this machine: what was told of an
 * environment is kept beside it, and held by a lock while it is decided, told and noted. A run that is cut off in between
 * tells again. A hook that failed is not run again for its change; its failure is said, and stands in the result.
 */
export async function tell(done: readonly Refreshed[], orders: HookOrders, context: Context): Promise<Tellings> {
  const { console, now, signals } = context;
  const lastBegin = now().getTime() + longestTellingMs;
  const isOver = (): boolean => signals.isStopping() || now().getTime() > lastBegin;
  const failures = new Map<Refreshed, Failure>();
  let left = 0;
  await spread(
    done,
    () => width,
    async (one) => {
      const told = await tellOne(one, orders, isOver, context);
      if (told === 'left') left += 1;
      if (!(told instanceof Failure)) return;
      failures.set(one, told);
      console.say(`evergrant: ${told.message}\n  → ${told.hint}`);
    },
  );
  if (left > 0) console.say(`note: what changed of ${left} environments is told by the next run`);
  return { done: done.map((one) => withFailure(one, failures.get(one))), isCutOff: left > 0 && signals.isStopping() };
}

function withFailure(one: Refreshed, failure: Failure | undefined): ToldResult {
  if (failure === undefined) return one;
  const { kind, code, message, hint } = failure;
  return { ...one, result: { ...one.result, hookError: { code, message, hint } }, hookKind: kind };
}

async function tellOne(
  { given, result }: Refreshed,
  orders: HookOrders,
  isOver: () => boolean,
  context: Context,
): Promise<Failure | 'left' | undefined> {
  const home = homeIn(given, context);
  if (home === undefined) return undefined;
  const places = placesOf(home.where, context.stateFolder);
  if (whatToTell(lastTold(places), result).note === undefined) return undefined; // as nearly always
  const held = holdTold(places);
  try {
    return held && (await tellHeld(home, result, held, orders, isOver, context));
  } catch (error) {
    return failureOf(error, context.console); // it stops no other, nor the results
  } finally {
    held?.release();
  }
}

/** Decides anew now that nobody else tells: another process may have told, or refreshed, in the meantime. */
async function tellHeld(
  home: EnvironmentHome,
  result: RefreshResult,
  held: HeldTold,
  orders: HookOrders,
  isOver: () => boolean,
  context: Context,
): Promise<Failure | 'left' | undefined> {
  const environment = readable(home);
  const generation = environment === undefined ? null : grantOf(environment, context.now()).generation;
  if (result.error !== null && generation !== result.generation) return undefined; // overtaken: the next run looks again
  const last = held.last();
  const { hook, outcome, note, noteBefore } = whatToTell(last, { outcome: result.outcome, generation });
  const command = hook && orders.commands[hook];
  const organisation = organisationOf(environment);
  const keep = (told: Told | undefined, of = organisation): Failure | undefined =>
    told && tryNote(held, { ...told, organisation: of });
  if (hook === undefined || command === undefined) return void keep(note);
  const before = last?.organisation ?? organisation;
  keep(noteBefore, before);
  if (isOver()) return 'left';
  const replaced = ['', organisation.id].includes(before.id) ? '' : before.name || before.id;
  const news = { hook, outcome, previous: last?.outcome ?? '', replaced, error: result.error };
  const failure = await callHook(command, orders.limitMs, news, home, environment, context);
  const unnoted = keep(note);
  return failure ?? unnoted;
}

/** What is not known, as of a file that can't be read, changes nothing that was told. */
function organisationOf(environment: Environment | undefined): NotedTold['organisation'] {
  if (environment === undefined) return { id: '', name: '' };
  return { id: valueOf(environment, 'tenant_id'), name: heldName(environment) };
}

/** What can't be noted matters where a hook has run: it will run again. */
function tryNote(held: HeldTold, note: NotedTold): Failure | undefined {
  try {
    held.note(note);
    return undefined;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

/** Undefined for a name that is none: the result says so. */
function homeIn(given: string, context: Context): EnvironmentHome | undefined {
  try {
    return homeOf(context, given);
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}
