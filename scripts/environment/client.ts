import { createHash, randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { Failure, invalid, quoted } from '../errors';
import { jsonOf } from '../text/json';
import { isName } from './names';

/** A program that may ask `serve` for access tokens. Its secrets are kept as hashes alone. */
export interface Client {
  /** Its `client_id` (RFC 6749 §2.2), which is no secret. */
  readonly id: string;
  /** The environments whose tokens it may have; null for all. */
  readonly environments: readonly string[] | null;
  readonly createdAt: Date;
  /** From then on it is refused; null for never. */
  readonly expiresAt: Date | null;
  /** The newest first; a second one lives for a while after a rotation. */
  readonly secrets: readonly ClientSecret[];
}

export interface ClientSecret {
  /** SHA-256, in hex. A secret has 256 random bits, so no slower hash is needed. */
  readonly hash: string;
  readonly createdAt: Date;
  /** When it gives way to a newer one; null for the newest. */
  readonly endsAt: Date | null;
}

const instant = v.pipe(v.string(), v.isoTimestamp(), v.toDate());
const clientShape = v.object({
  id: v.pipe(v.string(), v.check(isName)),
  environments: v.nullable(v.array(v.string())),
  createdAt: instant,
  expiresAt: v.nullable(instant),
  secrets: v.array(
    v.object({
      hash: v.pipe(v.string(), v.regex(/^[\da-f]{64}$/)),
      createdAt: instant,
      endsAt: v.nullable(instant),
    }),
  ),
});
const fileShape = v.object({ clients: v.array(clientShape) });

/** Reads what {@link textOfClients} wrote. A text that makes no sense lets nobody in. @throws Failure `invalid` */
export function clientsIn(text: string, where: string): readonly Client[] {
  const parsed = v.safeParse(fileShape, jsonOf(text));
  if (parsed.success) return parsed.output.clients;
  const hint = 'put back what it was, or remove it and add the clients again: npx evergrant client add NAME --for acme';
  throw invalid('bad_clients', `${where} is no list of clients`, hint);
}

export function textOfClients(clients: readonly Client[]): string {
  return `${JSON.stringify({ clients }, null, 2)}\n`;
}

/** A secret of 256 random bits. What it begins with lets programs that look for secrets find it. */
export function newClientSecret(): string {
  return `egs_${randomBytes(32).toString('base64url')}`;
}

export function secretHash(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** The clients and a new one. @throws Failure `invalid` when there is one of this id */
export function withClient(clients: readonly Client[], client: Client): readonly Client[] {
  const { id } = client;
  if (clients.every((one) => one.id !== id)) return [...clients, client].sort((a, b) => (a.id < b.id ? -1 : 1));
  const hint = `give it a new secret: npx evergrant client rotate ${id}, or remove it first: npx evergrant client remove ${id}`;
  throw invalid('client_exists', `there is a client ${id} already`, hint);
}

/** @throws Failure `invalid` when there is no such client */
export function withoutClient(clients: readonly Client[], id: string): readonly Client[] {
  clientOf(clients, id);
  return clients.filter((one) => one.id !== id);
}

/**
 * The clients, one of them with a new secret. The one that was the newest lives on for `overlapMs`, any older one ends
 * now: two at most are alive.
 * @throws Failure `invalid` when there is no such client
 */
export function withNewSecret(
  clients: readonly Client[],
  id: string,
  { hash, now, overlapMs }: { readonly hash: string; readonly now: Date; readonly overlapMs: number },
): readonly Client[] {
  const client = clientOf(clients, id);
  const [newest] = client.secrets;
  const old =
    newest === undefined || overlapMs <= 0 ? [] : [{ ...newest, endsAt: new Date(now.getTime() + overlapMs) }];
  const secrets = [{ hash, createdAt: now, endsAt: null }, ...old];
  return clients.map((one) => (one === client ? { ...client, secrets } : one));
}

/** The clients after an environment was given another name; `to` undefined: it was removed. */
export function withRenamed(clients: readonly Client[], from: string, to: string | undefined): readonly Client[] {
  return clients.map((client) => {
    if (client.environments?.includes(from) !== true) return client;
    const others = client.environments.filter((name) => name !== from && name !== to);
    return { ...client, environments: to === undefined ? others : [...others, to].sort() };
  });
}

/** Whether a client's time has not run out. */
export function isCurrent({ expiresAt }: Pick<Client, 'expiresAt'>, now: Date): boolean {
  return expiresAt === null || expiresAt > now;
}

/** The secrets by which a client may authenticate now. */
export function livingSecrets({ secrets }: Client, now: Date): readonly ClientSecret[] {
  return secrets.filter(({ endsAt }) => endsAt === null || endsAt > now);
}

/** @throws Failure `invalid` when there is no such client */
export function clientOf(clients: readonly Client[], id: string): Client {
  const found = clients.find((one) => one.id === id);
  if (found === undefined) throw noClient(id);
  return found;
}

function noClient(id: string): Failure {
  const hint = 'see which there are: npx evergrant client list';
  return invalid('no_client', `there is no client ${quoted(id)}`, hint);
}
