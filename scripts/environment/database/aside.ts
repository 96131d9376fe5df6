import type { Aside, StoredEnvironment } from '../store';
import { readConnection } from './connections';
import type { Database } from './database';

/** What the token sets beside an environment need. */
interface AsideOf {
  readonly database: Database;
  storedAt(name: string): StoredEnvironment;
}

/** The name of the connection that holds the tokens waiting to be judged beside another. */
export function pendingOf(name: string): string {
  return `${name}#pending`;
}

/** The token sets of a consent that are not the environment's own: connections of their own, found by its name. */
export function asideOf({ database, storedAt }: AsideOf, name: string, keep: Aside['keep']): Aside {
  const pending = pendingOf(name);
  return {
    keep,
    pending: async () => {
      const [found] = await database.query('select 1 from evergrant.connection where name = $1', [pending]);
      return found && (await readConnection(database, pending)).environment;
    },
    stored: () => storedAt(pending),
    refuse: async () => {
      await database.query(
        `update evergrant.connection set name = $2 || '#refused-' || to_char(clock_timestamp(), 'YYYYMMDD"T"HH24MISSUS'),
          aside_kind = 'refused' where name = $1`,
        [pending, name],
      );
    },
    reconsider: async () => {
      await database.query(
        `update evergrant.connection set name = $1, aside_kind = 'pending' where name = (
          select max(name) from evergrant.connection where aside_of = $2 and aside_kind = 'refused')
        and not exists (select from evergrant.connection where name = $1)`,
        [pending, name],
      );
    },
    clear: async () => {
      await database.query('delete from evergrant.connection where name = $1', [pending]);
    },
  };
}
