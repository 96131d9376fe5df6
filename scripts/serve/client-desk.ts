import { createHash, timingSafeEqual } from 'node:crypto';
import { isCurrent, livingSecrets, type Client } from '../environment/client';
import type { ClientRegistry } from '../environment/store';
import { Fresh } from './fresh';
import { outlastingOutages } from './outage';

/** A client as it presents itself. */
export interface Credentials {
  readonly id: string;
  readonly secret: string;
}

/** Tells clients from others. */
export interface ClientDesk {
  /** The client of these credentials; undefined where there is none, for whatever reason. @throws Failure */
  authenticate(credentials: Credentials): Promise<Client | undefined>;
  /** Reads the clients, so that they are known when the store is away. @throws Failure */
  read(): Promise<void>;
}

/** Nobody is refused for what was known longer ago: a client that was added just now is one. */
const justNowMs = 100;

/** What is compared when there is no such client or no second secret: no secret has this hash. */
const nobodys = Buffer.alloc(32);

/**
 * An unknown id costs what a wrong secret does: each secret is hashed once and compared with two hashes, in constant
 * time. A client that was removed or given another secret is refused as soon as the list is known to have changed.
 */
export function clientDesk(registry: ClientRegistry, now: () => Date): ClientDesk {
  const byId = async (): Promise<ReadonlyMap<string, Client>> =>
    new Map((await registry.list()).map((client) => [client.id, client]));
  const fresh = new Fresh(byId, registry.version, () => performance.now(), outlastingOutages);
  return {
    read: async () => {
      await fresh.get();
    },
    authenticate: async (credentials) => {
      const found = clientOf(credentials, await fresh.get(), now());
      return found ?? clientOf(credentials, await fresh.getNewer(justNowMs), now());
    },
  };
}

function clientOf({ id, secret }: Credentials, clients: ReadonlyMap<string, Client>, now: Date): Client | undefined {
  const hash = createHash('sha256').update(secret).digest();
  const client = clients.get(id);
  const alive = client === undefined ? [] : livingSecrets(client, now);
  const kept = [0, 1].map((at) => bytesOf(alive[at]?.hash));
  const isKnown = kept.map((one) => timingSafeEqual(one, hash)).includes(true);
  return isKnown && client !== undefined && isCurrent(client, now) ? client : undefined;
}

function bytesOf(hash: string | undefined): Buffer {
  return hash === undefined ? nobodys : Buffer.from(hash, 'hex');
}
