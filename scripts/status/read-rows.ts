import { pointing, storeOf, type Context } from '../context';
import { valueOf, type Environment } from '../environment/environment';
import type { EnvironmentStore, Sight } from '../environment/store';
import { Failure, typed } from '../errors';
import type { LastAttempt } from '../history/attempt';
import { failureOf } from '../terminal/console';
import { statusRow, unreadableRow, type StatusRow } from './rows';

/** One environment's row, and the environment itself where it can be read. */
export interface ReadRow {
  readonly row: StatusRow;
  readonly environment: Environment | undefined;
}

/** Reads each environment once, of those named or of all. Sends no request, and waits for no lock. */
export async function* readRows(names: readonly string[], context: Context): AsyncGenerator<ReadRow> {
  const store = storeOf(context);
  yield* rowsOf(store.overview?.sights(names.length > 0 ? names : undefined) ?? wholeSights(names, store), context);
}

/** The rows of what was read of environments. */
export async function* rowsOf(sights: AsyncIterable<Sight>, context: Context): AsyncGenerator<ReadRow> {
  const toldIn = onceEach(async (store) =>
    (await store.said()).map((one) => [`${one.name} ${one.outcome}`, one.since]),
  );
  for await (const sight of sights) {
    const name = 'environment' in sight ? sight.environment.name : sight.given;
    const told = await toldIn(storeOf(context).homeOf(sight.given));
    const lastAttempt = sight.lastAttempt && earliest(sight.lastAttempt, name, told);
    if ('environment' in sight) {
      const { environment } = sight;
      const row = statusRow(environment, lastAttempt, context.now(), sight);
      yield { row: pointed(row, sight.given, context), environment };
    } else {
      if (!(sight.error instanceof Failure)) throw sight.error;
      const row = unreadableRow(typed(sight.given), lastAttempt, failureOf(sight.error, context.console));
      yield { row: pointed(row, sight.given, context), environment: undefined };
    }
  }
}

function pointed(row: StatusRow, given: string, context: Context): StatusRow {
  const { error } = row;
  return error === null ? row : { ...row, error: { ...error, hint: pointing(context, given, error.hint) } };
}

async function* wholeSights(names: readonly string[], store: EnvironmentStore): AsyncGenerator<Sight> {
  const attemptsIn = onceEach((home) => home.lastAttempts());
  for await (const look of store.look(names.length > 0 ? names : await store.names())) {
    const attempts = await attemptsIn(store.homeOf(look.given));
    if ('environment' in look) {
      const { given, environment, unconfirmed } = look;
      const isMarked = valueOf(environment, 'refresh_started_at') !== '';
      const isLocked = isMarked && (await store.environment(given).isLocked());
      yield { given, environment, isLocked, unconfirmed, lastAttempt: attempts.get(environment.name) ?? null };
    } else yield { ...look, lastAttempt: attempts.get(look.given) ?? null };
  }
}

/** Reads of each store once what it keeps of its environments, by their names. */
export function onceEach<T>(
  read: (store: EnvironmentStore) => Promise<Iterable<readonly [string, T]>>,
): (store: EnvironmentStore) => Promise<ReadonlyMap<string, T>> {
  const known = new Map<EnvironmentStore, ReadonlyMap<string, T>>();
  return async (store) => {
    const found = known.get(store) ?? new Map(await read(store));
    known.set(store, found);
    return found;
  };
}

/** The log is read from its end only: what people were told may know of an earlier beginning. */
function earliest(last: LastAttempt, name: string, told: ReadonlyMap<string, Date>): LastAttempt {
  const since = told.get(`${name} ${last.outcome}`);
  return since !== undefined && since < last.since ? { ...last, since } : last;
}
