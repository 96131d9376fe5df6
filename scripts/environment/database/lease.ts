import { Failure } from '../../errors';
import type { Attempt } from '../../history/attempt';
import { formatDuration } from '../../text/duration';
import { arrivalOf, type Arrival } from './arriving';
import { noConnection } from './connections';
import type { Database } from './database';

/** How long a claim lasts, and how much of that one request and the saving of its answer may take, in milliseconds. */
export interface LeaseTimes {
  readonly leaseMs: number;
  readonly requestLimitMs: number;
  readonly saveBudgetMs: number;
}

/** Much shorter than Xero's grace period, so that another machine can ask in time. */
export const leaseTimes: LeaseTimes = { leaseMs: 90_000, requestLimitMs: 30_000, saveBudgetMs: 10_000 };

/** For how long after its claim a request may be sent under a lease, so that none could outlive it, in milliseconds. */
export function sendingMs({ leaseMs, requestLimitMs, saveBudgetMs }: LeaseTimes): number {
  return leaseMs - requestLimitMs - saveBudgetMs;
}

/** The later of two clocks is believed: one stands still while a machine sleeps, the other can be set. */
export interface Moment {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

export function now(): Moment {
  return { monotonicMs: performance.now(), wallMs: Date.now() };
}

export function elapsedMs(since: Moment): number {
  const { monotonicMs, wallMs } = now();
  return Math.max(monotonicMs - since.monotonicMs, wallMs - since.wallMs);
}

/** A lease that was claimed. */
export interface Lease {
  /** Tells this claim of the connection from every other. */
  readonly epoch: string;
  /** The moment before it was asked for. */
  readonly before: Moment;
}

/** Where leases are claimed. */
interface LeasePlace {
  readonly database: Database;
  readonly times: LeaseTimes;
}

/** Who waits for a lease asks less and less often, and keeps no connection in between. */
const [shortestPauseMs, restingFromMs, longestPauseMs] = [50, 1000, 3000];

/** Claims a connection. @throws Failure `busy` when another holds it for longer than `waitMs`, `invalid` when there is none */
export async function claim(place: LeasePlace, name: string, waitMs: number): Promise<Lease> {
  const { database } = place;
  const deadline = performance.now() + waitMs;
  for (let pauseMs = shortestPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    const before = now();
    const epoch = await tryClaim(place, name);
    if (epoch !== undefined) return { epoch, before };
    if (!(await isThere(database, name))) throw noConnection(name, database.where);
    const leftMs = deadline - performance.now();
    if (leftMs <= 0) throw await busy(database, name);
    if (pauseMs > restingFromMs) database.rest();
    await new Promise((resolve) => setTimeout(resolve, Math.min(leftMs, pauseMs * (0.75 + Math.random() / 4))));
  }
}

/** The epoch of its claim; undefined while another holds it. */
async function tryClaim({ database, times }: LeasePlace, name: string): Promise<string | undefined> {
  const [row] = await database.query(
    `update evergrant.connection set lease_owner = $2, lease_epoch = lease_epoch + 1, lease_since = now(),
      lease_until = now() + $3 * interval '1 millisecond'
    where name = $1 and (lease_until is null or lease_until < now()) returning lease_epoch::text as epoch`,
    [name, database.owner, times.leaseMs],
  );
  return row === undefined ? undefined : String(row['epoch']);
}

/**
 * Ends a lease, if it is this process's still; one that can't be ended now ends by itself. An attempt is recorded before, if one
 * is given and the database takes it.
 */
export async function endLease(database: Database, name: string, epoch: string, attempt?: Attempt): Promise<void> {
  const values = [name, database.owner, epoch, attempt?.at ?? null, attempt ? JSON.stringify(attempt) : null];
  try {
    await database.query('select evergrant.release($1, $2, $3, $4, $5)', values);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (attempt !== undefined) await endLease(database, name, epoch);
  }
}

/** Who holds an environment. */
interface Holder {
  /** `host:process:…`. */
  readonly owner: string;
  readonly heldMs: number;
  /** Until it is free, if its holder has died; Infinity for an import. */
  readonly leftMs: number;
}

/** Undefined when nobody holds it. */
export async function holderOf(database: Database, name: string): Promise<Holder | undefined> {
  const [row] = await database.query(
    `select lease_owner, extract(epoch from now() - lease_since)::float8 * 1000 as held_ms,
      case when isfinite(lease_until) then extract(epoch from lease_until - now())::float8 * 1000 end as left_ms
    from evergrant.connection where name = $1 and lease_until >= now()`,
    [name],
  );
  if (row === undefined) return undefined;
  const leftMs = typeof row['left_ms'] === 'number' ? row['left_ms'] : Infinity;
  return { owner: String(row['lease_owner']), heldMs: Number(row['held_ms']), leftMs };
}

export async function isThere(database: Database, name: string): Promise<boolean> {
  const [row] = await database.query('select 1 from evergrant.connection where name = $1', [name]);
  return row !== undefined;
}

export async function busy(database: Database, name: string): Promise<Failure> {
  const holder = await holderOf(database, name);
  const arrival = holder && arrivalOf(holder.owner);
  if (arrival !== undefined) return arriving(name, arrival);
  const [host = '', pid = 'unknown'] = (holder?.owner ?? '').split(':');
  const since = holder === undefined ? '' : `, for ${formatDuration(Math.max(0, holder.heldMs))}`;
  const message = `${name} is being refreshed by process ${pid}${host === '' ? '' : ` on ${host}`}${since}`;
  const ends =
    holder === undefined ? '' : `; if that process was killed, ${name} is free in ${formatDuration(holder.leftMs)}`;
  return new Failure('busy', 'locked', message, `run again, or wait longer with --wait 2m${ends}`);
}

/** An import that was cut off, or goes on at this moment: its file still says whether it may be used here. */
function arriving(name: string, { host }: Arrival): Failure {
  const message = `${name} is being imported on ${host}, and nothing here uses it until that is done`;
  return new Failure(
    'busy',
    'arriving',
    message,
    `if that was cut off, run it again there: npx evergrant store import DIR; if its file is lost: npx evergrant store import --lost ${name}`,
  );
}
