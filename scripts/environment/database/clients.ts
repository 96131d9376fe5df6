import { clientsIn, textOfClients } from '../client';
import type { ClientRegistry } from '../store';
import type { Database } from './database';

/** The clients in a database: one row with all of them, which is replaced only if nobody has changed it meanwhile. */
export function clientsInDatabase(database: Database): ClientRegistry {
  const where = `the clients in ${database.where}`;
  const body = async (): Promise<string> => {
    const [row] = await database.query('select body from evergrant.clients');
    return String(row?.['body']);
  };
  return {
    where,
    version: () => undefined,
    list: async () => clientsIn(await body(), where),
    change: async (change) => {
      for (;;) {
        const before = await body();
        const after = textOfClients(change(clientsIn(before, where)));
        const rows = await database.query(
          'update evergrant.clients set body = $1 where body = $2 returning 1 as is_done',
          [after, before],
        );
        if (rows.length > 0) return;
      }
    },
  };
}
