import { storeOf, type Context } from '../context';
import { valueOf, type Environment } from '../environment/environment';
import type { EnvironmentStore } from '../environment/store';
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
  const attempts = await lastAttempts(store);
  for await (const look of store.look(names.length > 0 ? names : await store.names())) {
    if ('environment' in look) {
      const { environment } = look;
      const attempt = attempts.get(environment.name) ?? null;
      const isMarked = valueOf(environment, 'refresh_started_at') !== '';
      const isLocked = isMarked && (await store.environment(look.given).isLocked());
      const { unconfirmed } = look;
      yield { row: statusRow(environment, attempt, context.now(), { isLocked, unconfirmed }), environment };
    } else {
      if (!(look.error instanceof Failure)) throw look.error;
      const attempt = attempts.get(look.given) ?? null;
      const row = unreadableRow(typed(look.given), attempt, failureOf(look.error, context.console));
      yield { row, environment: undefined };
    }
  }
}

/** The last attempts. The log is read from its end only: what people were told may know of an earlier beginning. */
async function lastAttempts(store: EnvironmentStore): Promise<ReadonlyMap<string, LastAttempt>> {
  const attempts = new Map(await store.lastAttempts());
  for (const { name, outcome, since } of await store.said()) {
    const last = attempts.get(name);
    if (last?.outcome === outcome && since < last.since) attempts.set(name, { ...last, since });
  }
  return attempts;
}
