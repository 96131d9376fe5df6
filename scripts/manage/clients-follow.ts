import { withRenamed } from '../environment/client';
import type { EnvironmentStore } from '../environment/store';

/** How long another process may change the list of clients: that takes milliseconds. */
const waitMs = 10_000;

/**
 * Lets clients that may have an environment's tokens have them under its new name, or no more where it was removed: an
 * environment that is given this name later is another one.
 */
export async function renameForClients(store: EnvironmentStore, from: string, to: string | undefined): Promise<void> {
  const clients = store.clients();
  const isNamed = (await clients.list()).some(({ environments }) => environments?.includes(from) === true);
  if (isNamed) await clients.change((all) => withRenamed(all, from, to), waitMs);
}
