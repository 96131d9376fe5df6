import os from 'node:os';
import type { Attempt } from '../../history/attempt';
import { valueOf, type Environment } from '../environment';
import { generationOf } from '../grant';
import { envelopeIn } from '../../sealing/envelope';
import { fingerprint } from '../../text/fingerprint';
import { openedText, sealedChanges } from '../sealed';
import { sealsOf } from './sealed/seals';
import { timesOf } from '../token-times';
import type { Database } from './database';
import { addConnection, putConnection } from './documents';
import { durably } from './durability';
import { fingerprintOf, instantOrNull } from './token-sets';

/**
 * A connection that is being copied from a file into the database. Until the file is marked as handed over, the row is
 * leased without end, so that no machine spends its tokens; the lease's owner says when the file will have been handed
 * over. Whenever this is cut off, one of the two has the connection, or a finished copy of it waits for the same command.
 */
export interface Arrival {
  readonly host: string;
  /** What `handed_over_at` in the file says once this copy is the connection. */
  readonly handedOverAt: Date;
}

const mark = ':import:';

function ownerOf({ host, handedOverAt }: Arrival): string {
  return `${host}${mark}${handedOverAt.toISOString()}`;
}

/** The arrival that a lease's owner stands for; undefined for a process that refreshes. */
export function arrivalOf(owner: string): Arrival | undefined {
  const [host = '', at] = owner.split(mark);
  const handedOverAt = new Date(at ?? '');
  return Number.isNaN(handedOverAt.getTime()) ? undefined : { host, handedOverAt };
}

/** Whether a connection of this name is in the database, or arriving. */
export async function findArrival(database: Database, name: string): Promise<'none' | 'there' | Arrival> {
  const [row] = await database.query(
    `select lease_owner, lease_until = 'infinity' as is_endless from evergrant.connection where name = $1`,
    [name],
  );
  if (row === undefined) return 'none';
  return (row['is_endless'] === true ? arrivalOf(String(row['lease_owner'])) : undefined) ?? 'there';
}

/** Starts an arrival, with the whole text. Returns false, having changed nothing, when there is one of this name. */
export async function arrive(database: Database, name: string, text: string, handedOverAt: Date): Promise<boolean> {
  return await addConnection(database, name, text, ownerOf({ host: os.hostname(), handedOverAt }));
}

/**
 * Starts an arrival anew in the place of one that was cut off, or of a connection that was handed over from here and comes
 * back. Returns false, having changed nothing, when somebody else holds it.
 */
export async function arriveAgain(
  database: Database,
  name: string,
  text: string,
  { before, handedOverAt }: { readonly before: Arrival | 'there'; readonly handedOverAt: Date },
): Promise<boolean> {
  const rows = await database.query(
    `with ${durably} update evergrant.connection set lease_owner = $2, lease_since = now(), lease_until = 'infinity',
      lease_epoch = lease_epoch + 1 from durable
    where name = $1 and (lease_owner = $3::text or $3::text is null and (lease_until is null or lease_until < now()))
    returning 1 as is_held`,
    [name, ownerOf({ host: os.hostname(), handedOverAt }), before === 'there' ? null : ownerOf(before)],
  );
  if (rows.length === 0) return false;
  await database.query('delete from evergrant.connection where aside_of = $1', [name]);
  await putConnection(database, name, text);
  return true;
}

/** Makes an arrived copy the connection itself: from now on it is refreshed from here. */
export async function finishArrival(database: Database, name: string, handedOverAt: Date): Promise<boolean> {
  const rows = await database.query(
    `with ${durably} update evergrant.connection set lease_owner = null, lease_since = null, lease_until = null from durable
    where name = $1 and lease_until = 'infinity' and lease_owner like '%' || $2 returning 1 as is_done`,
    [name, `${mark}${handedOverAt.toISOString()}`],
  );
  return rows.length > 0;
}

/** What is kept for an environment besides its own text. */
export interface Kept {
  /** Its older token sets. */
  readonly generations: readonly Environment[];
  /** Token sets of a consent that are not its own. */
  readonly pending: Environment | undefined;
  readonly refused: readonly Environment[];
  /** Fingerprints of the codes that were exchanged. */
  readonly usedCodes: readonly string[];
  readonly retryAfter: Date | null;
  readonly attempts: readonly Attempt[];
  readonly formerNames: readonly string[];
}

/** Adds what is kept for a connection that arrives; harmless when it is there. The mark's age counts, not this clock's time. */
export async function addKept(
  database: Database,
  name: string,
  { generations, usedCodes, retryAfter, attempts, formerNames }: Kept,
  markedForMs: number | undefined,
): Promise<void> {
  for (const set of generations) await addTokenSet(database, name, set);
  await database.query(
    `update evergrant.connection set used_codes = $2, retry_after = $3,
      spending_since = clock_timestamp() - $4::float8 * interval '1 millisecond', spending_host = $5 where name = $1`,
    [name, usedCodes, retryAfter, markedForMs ?? null, markedForMs === undefined ? null : os.hostname()],
  );
  await database.query(
    `insert into evergrant.attempt (name, at, entry)
    select $1, (one->>'at')::timestamptz, one from jsonb_array_elements($2::jsonb) with ordinality as given (one, number)
    where not exists (select from evergrant.attempt a where a.name = $1 and a.at = (one->>'at')::timestamptz and a.entry = one)
    order by number`,
    [name, JSON.stringify(attempts)],
  );
  await database.query(
    `insert into evergrant.former_name (name, given) select former, $1 from unnest($2::text[]) as former
    on conflict (name) do nothing`,
    [name, formerNames],
  );
}

async function addTokenSet(database: Database, name: string, set: Environment): Promise<void> {
  const [access, refresh] = [valueOf(set, 'access_token'), valueOf(set, 'refresh_token')];
  const sealing = await sealsOf(database).load();
  const sealed = sealedChanges({ ...set, name }, { access_token: access, refresh_token: refresh }, sealing);
  await database.query(
    `insert into evergrant.token_set (name, generation, fingerprint, parent, issued_at, host, access_token, refresh_token,
      access_token_expires_at, refresh_token_expires_at)
    values ($1, $2, $3, '', coalesce($4, now()), $5, $6, $7, $8, $9) on conflict do nothing`,
    [
      name,
      generationOf(set),
      fingerprintOf(access, refresh),
      timesOf(access).issuedAt ?? null,
      os.hostname(),
      sealed.access_token ?? '',
      sealed.refresh_token ?? '',
      instantOrNull(instantIn(set, 'access_token_expires_at')),
      instantOrNull(instantIn(set, 'refresh_token_expires_at')),
    ],
  );
}

/** A row that is no instant is left out: a column would refuse it. */
export function instantIn(
  environment: Environment,
  key: 'access_token_expires_at' | 'refresh_token_expires_at' | 'refresh_started_at',
): string {
  const at = new Date(valueOf(environment, key));
  const isReal = at.getUTCFullYear() > 0 && at.getUTCFullYear() < 10_000;
  return isReal ? at.toISOString() : '';
}

/** Puts the token sets of consents that are not the connection's own beside it. */
export async function addAside(database: Database, name: string, { pending, refused }: Kept): Promise<void> {
  for (const [number, set] of refused.entries()) {
    const stamp = `0000-${String(refused.length - number).padStart(3, '0')}`; // sorts before those that come later
    await putConnection(database, `${name}#refused-${stamp}`, openedText(set, name), { of: name, kind: 'refused' });
  }
  if (pending !== undefined)
    await putConnection(database, `${name}#pending`, openedText(pending, name), { of: name, kind: 'pending' });
}

/** Whether the database has one of these refresh tokens for a connection, as its newest or an older one. */
export async function knowsToken(database: Database, name: string, refreshTokens: readonly string[]): Promise<boolean> {
  const rows = await database.query(
    `select refresh_token from evergrant.token_set where name = $1 and refresh_token <> ''`,
    [name],
  );
  const wanted = new Set(refreshTokens.filter((token) => token !== '').flatMap((token) => [token, fingerprint(token)]));
  return rows.some((row) => {
    const text = String(row['refresh_token']);
    return wanted.has(envelopeIn(text)?.fingerprint ?? text);
  });
}
