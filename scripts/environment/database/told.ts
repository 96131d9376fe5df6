import * as v from 'valibot';
import { invalid } from '../../errors';
import { troublesIn, type Trouble } from '../../history/trouble';
import { orElse } from './informing';
import type { LastNotified, LockedNotified, LockedSaid } from '../store';
import type { Database } from './database';

const notifiedShape = v.object({
  outcome: v.string(),
  generation: v.nullable(v.number()),
  organisation: v.object({ id: v.string(), name: v.string() }),
});

/** What hooks were last notified of for a connection. */
export async function lastNotified(database: Database, name: string): Promise<LastNotified | undefined> {
  const [row] = await database.query('select last from evergrant.notified where name = $1', [name]);
  const parsed = v.safeParse(notifiedShape, row?.['last']);
  return parsed.success ? parsed.output : undefined;
}

/** A hook may take a minute, and several may run; a process that died in between is waited for no longer than this. */
const notifyingSeconds = 300;

/** Decides which of several machines notifies; undefined for the others, and for a connection that does not exist. */
export async function lockNotified(database: Database, name: string): Promise<LockedNotified | undefined> {
  const [row] = await database.query(
    `insert into evergrant.notified as n (name, lease_owner, lease_until)
    select name, $2, now() + $3 * interval '1 second' from evergrant.connection where name = $1
    on conflict (name) do update set lease_owner = $2, lease_until = now() + $3 * interval '1 second'
      where n.lease_until is null or n.lease_until < now()
    returning 1 as is_held`,
    [name, database.owner, notifyingSeconds],
  );
  if (row === undefined) return undefined;
  const set = async (assignment: string, values: readonly unknown[]): Promise<void> => {
    await database.query(`update evergrant.notified set ${assignment} where name = $1 and lease_owner = $2`, [
      name,
      database.owner,
      ...values,
    ]);
  };
  return {
    last: () => lastNotified(database, name),
    note: (last) => set('last = $3', [JSON.stringify(last)]),
    release: () => orElse(set('lease_until = null', []), undefined),
  };
}

/** What people were told of the whole store. */
export async function said(database: Database): Promise<readonly Trouble[]> {
  const [row] = await database.query('select troubles from evergrant.said');
  return troublesIn({ troubles: row?.['troubles'] });
}

/** Telling takes seconds; a process that died in between is waited for no longer than this. */
const tellingSeconds = 60;

/** Decides which of several machines tells people; the others know nothing and can note nothing. */
export async function lockSaid(database: Database, waitMs: number): Promise<LockedSaid> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    const claimed = database.query(
      `update evergrant.said set lease_owner = $1, lease_until = now() + $2 * interval '1 second'
      where lease_until is null or lease_until < now() returning 1 as is_held`,
      [database.owner, tellingSeconds],
    );
    if ((await orElse(claimed, [])).length > 0) return heldSaid(database);
    if (performance.now() > deadline) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const failure = invalid(
    'not_noted',
    `another process tells what is wrong in ${database.where}, or it does not answer`,
    'nothing is lost',
  );
  return { troubles: async () => [], note: () => Promise.reject(failure), release: async () => undefined };
}

function heldSaid(database: Database): LockedSaid {
  const set = async (assignment: string, values: readonly unknown[]): Promise<void> => {
    await database.query(`update evergrant.said set ${assignment} where lease_owner = $1`, [database.owner, ...values]);
  };
  return {
    troubles: () => orElse(said(database), []),
    note: (troubles) => set('troubles = $2', [JSON.stringify(troubles)]),
    release: () => orElse(set('lease_until = null', []), undefined),
  };
}
