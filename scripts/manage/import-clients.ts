import type { Client } from '../environment/client';
import type { ClientRegistry, EnvironmentStore } from '../environment/store';
import { invalid, type Failure } from '../errors';

/** What becomes of a client that comes along with its folder; a failure where the store has another of its id. */
export interface ImportedClient {
  readonly client: string;
  readonly outcome: 'imported' | 'already_there' | Failure;
}

/** How long another process may change the list of clients: that takes milliseconds. */
const waitMs = 10_000;

/**
 * Takes the clients of a folder over into the store of its environments; again is harmless. One that may have all tokens of
 * the folder may have those of these environments, where the store has others. `isDry` changes nothing.
 */
export async function importClients(
  from: ClientRegistry,
  environments: readonly string[],
  store: EnvironmentStore,
  { isDry }: { readonly isDry: boolean },
): Promise<readonly ImportedClient[]> {
  const coming = await from.list();
  if (coming.length === 0) return [];
  const names = new Set(environments);
  const hasOthers = (await store.names()).some((name) => !names.has(name));
  const target = store.clients();
  const before = await target.list();
  if (!isDry && coming.some(({ id }) => before.every((there) => there.id !== id))) {
    await target.change((there) => {
      const known = new Set(there.map(({ id }) => id));
      const added = coming.filter(({ id }) => !known.has(id));
      return [...there, ...added.map((one) => (hasOthers ? limited(one, environments) : one))].toSorted(byId);
    }, waitMs);
  }
  return coming.map((one) => ({ client: one.id, outcome: outcomeOf(one, before, from.where, target.where) }));
}

function limited(client: Client, environments: readonly string[]): Client {
  return client.environments === null ? { ...client, environments } : client;
}

/** The same client has been made at the same moment; its secrets and rights may have changed since. */
function outcomeOf(
  { id, createdAt }: Client,
  before: readonly Client[],
  from: string,
  where: string,
): ImportedClient['outcome'] {
  const there = before.find((one) => one.id === id);
  if (there === undefined) return 'imported';
  if (there.createdAt.getTime() === createdAt.getTime()) return 'already_there';
  const why = `the client ${id} of ${from} is another than the one of this name among ${where}`;
  return invalid(
    'client_exists',
    why,
    'add it under another name, and give its program the new secret: npx evergrant client add NAME',
  );
}

function byId(a: Client, b: Client): number {
  return a.id < b.id ? -1 : 1;
}
