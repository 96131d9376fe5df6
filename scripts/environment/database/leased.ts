import os from 'node:os';
import { Failure, systemCode } from '../../errors';
import { formatDuration } from '../../text/duration';
import { fingerprint } from '../../text/fingerprint';
import type { Preallocation } from '../disk/atomic-write';
import { environmentEditor } from '../edit';
import { valueOf, type Changes, type Environment } from '../environment';
import { tokenKeys } from '../grant';
import type { Aside, LockedEnvironment, StoredEnvironment } from '../store';
import {
  durably,
  noConnection,
  putConnection,
  readConnection,
  readTokenSets,
  saveTokenSet,
  writeDocument,
  type Connection,
} from './connections';
import type { Database } from './database';
import { parted } from './parts';
import type { KeptReceipt, Receipts } from './receipts';

/** How long a claim lasts, and how much of that one request and the saving of its answer may take, in milliseconds. */
export interface LeaseTimes {
  readonly leaseMs: number;
  readonly requestLimitMs: number;
  readonly saveBudgetMs: number;
}

/** Much shorter than Xero's grace period, so that another machine can ask in time. */
export const leaseTimes: LeaseTimes = { leaseMs: 90_000, requestLimitMs: 30_000, saveBudgetMs: 10_000 };

const [shortestPauseMs, longestPauseMs] = [50, 1000];

/** A code is valid for five minutes; more than this many are never valid at once. */
const usedCodesKept = 10;
const codeDigits = 16;

/** What a leased environment works with. */
export interface Place {
  readonly database: Database;
  readonly receipts: Receipts;
  readonly times: LeaseTimes;
  storedAt(name: string): StoredEnvironment;
}

/**
 * Claims an environment by a lease, which other machines honour until it is over or released. Nothing else is held: no
 * transaction, no session.
 * @throws Failure `busy` when another holds it for longer than `waitMs`
 */
export async function leaseOf(place: Place, name: string, waitMs: number): Promise<LockedEnvironment> {
  const deadline = performance.now() + waitMs;
  for (let pauseMs = shortestPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    const before = now();
    const epoch = await claim(place, name);
    if (epoch !== undefined) return new LeasedEnvironment(place, name, epoch, before);
    if (!(await isThere(place.database, name))) throw noConnection(name, place.database.where);
    if (performance.now() + pauseMs > deadline) throw await busy(place.database, name);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** The later of two clocks is believed: one stands still while a machine sleeps, the other can be set. */
interface Moment {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

function now(): Moment {
  return { monotonicMs: performance.now(), wallMs: Date.now() };
}

function elapsedMs(since: Moment): number {
  const { monotonicMs, wallMs } = now();
  return Math.max(monotonicMs - since.monotonicMs, wallMs - since.wallMs);
}

async function claim(
  { database, times }: Pick<Place, 'database' | 'times'>,
  name: string,
): Promise<string | undefined> {
  const [row] = await database.query(
    `update evergrant.connection set lease_owner = $2, lease_epoch = lease_epoch + 1, lease_since = now(),
      lease_until = now() + $3 * interval '1 millisecond'
    where name = $1 and (lease_until is null or lease_until < now()) returning lease_epoch::text as epoch`,
    [name, database.owner, times.leaseMs],
  );
  return row === undefined ? undefined : String(row['epoch']);
}

/** Who holds an environment, as `host:process:…`, and for how long; undefined when nobody does. */
export async function holderOf(
  database: Database,
  name: string,
): Promise<{ readonly owner: string; readonly heldMs: number } | undefined> {
  const [row] = await database.query(
    `select lease_owner, extract(epoch from now() - lease_since)::float8 * 1000 as held_ms from evergrant.connection
    where name = $1 and lease_until >= now()`,
    [name],
  );
  return row === undefined ? undefined : { owner: String(row['lease_owner']), heldMs: Number(row['held_ms']) };
}

async function isThere(database: Database, name: string): Promise<boolean> {
  const [row] = await database.query('select 1 from evergrant.connection where name = $1', [name]);
  return row !== undefined;
}

async function busy(database: Database, name: string): Promise<Failure> {
  const holder = await holderOf(database, name);
  const [host = '', pid = 'unknown'] = (holder?.owner ?? '').split(':');
  const since = holder === undefined ? '' : `, for ${formatDuration(Math.max(0, holder.heldMs))}`;
  const message = `${name} is being refreshed by process ${pid}${host === '' ? '' : ` on ${host}`}${since}`;
  return new Failure('busy', 'locked', message, 'run again, or wait longer with --wait 2m');
}

/** An answer to be saved, and the file of its receipt; '' when it has none. */
type Answer = Pick<KeptReceipt, 'file' | 'name' | 'spent' | 'changes'>;

/** An environment while it is leased. */
class LeasedEnvironment implements LockedEnvironment {
  readonly aside: Aside;
  private room: Preallocation | undefined;
  private known: Connection | undefined;
  /** Answers that are on this machine's disk and not yet in the database. */
  private unsettled: Answer[] = [];

  constructor(
    private readonly place: Place,
    private readonly name: string,
    private readonly epoch: string,
    private claimedAt: Moment,
  ) {
    this.aside = asideOf(place, name, (changes) => this.keepAs(pendingOf(name), changes));
  }

  async read(): Promise<Environment> {
    return (await this.current()).environment;
  }

  private async current(): Promise<Connection> {
    this.known = await readConnection(this.place.database, this.name);
    return this.known;
  }

  async pickUpRecovery(): Promise<boolean> {
    const before = await this.current();
    for (const receipt of this.place.receipts.unconfirmed(this.name)) await this.save(receipt);
    for (const receipt of this.place.receipts.unconfirmed(pendingOf(this.name))) await this.save(receipt);
    const { generation } = await this.current();
    return generation > before.generation;
  }

  async prepareSave(mark: Changes): Promise<void> {
    const { environment } = await this.current();
    environmentEditor(this.name).check(environment.text, tokenKeys);
    this.room ??= this.place.receipts.reserve();
    await this.write(mark);
  }

  async write(changes: Changes): Promise<void> {
    const { tokens, others } = parted(changes);
    await writeDocument(this.place.database, this.name, others);
    const { refresh_started_at: mark, grant_status: status, ...set } = tokens;
    if (mark !== undefined) await this.setMark(mark !== '');
    if (Object.keys(set).length > 0) await this.writeTokens(tokens);
    else if (status !== undefined) await this.setUnderLease('grant_status = $4', [status]);
  }

  /** Tokens that no answer brought, such as blank ones after a disconnection. */
  private async writeTokens(tokens: Changes): Promise<void> {
    const { generation, parts } = await this.current();
    const changes = { ...parts.tokens, ...tokens };
    const spent = Math.max(generation, Number(changes.generation ?? 0) - 1);
    const next = { ...changes, generation: String(spent + 1) };
    await saveTokenSet(this.place.database, { name: this.name, spent: generation, changes: next });
  }

  /** The mark is the database's own time, as it was first set: the grace period is counted from there. */
  private async setMark(isSet: boolean): Promise<void> {
    const since = isSet ? 'coalesce(spending_since, clock_timestamp())' : 'null';
    await this.setUnderLease(`spending_since = ${since}, spending_host = $4`, [isSet ? os.hostname() : null]);
  }

  /** @throws Failure `busy` when the lease is somebody else's by now */
  private async setUnderLease(assignments: string, values: readonly unknown[]): Promise<void> {
    const { database } = this.place;
    const [row] = await database.query(
      `with ${durably} update evergrant.connection set ${assignments} from durable
      where name = $1 and lease_owner = $2 and lease_epoch = $3::bigint returning 1 as is_held`,
      [this.name, database.owner, this.epoch, ...values],
    );
    if (row === undefined) throw await busy(database, this.name);
  }

  /** Renews the lease when it would end before an answer could be saved. */
  async mayStillSend(): Promise<boolean> {
    const { database, times } = this.place;
    const sendingMs = times.leaseMs - times.requestLimitMs - times.saveBudgetMs; // none is sent that could outlive the lease
    if (elapsedMs(this.claimedAt) < sendingMs) return true;
    const before = now();
    const [row] = await database.query(
      `update evergrant.connection set lease_until = now() + $4 * interval '1 millisecond'
      where name = $1 and lease_owner = $2 and lease_epoch = $3::bigint returning 1 as is_held`,
      [this.name, database.owner, this.epoch, times.leaseMs],
    );
    if (row === undefined) return false;
    this.claimedAt = before;
    return elapsedMs(before) < sendingMs;
  }

  keep(changes: Changes): void {
    this.keepAs(this.name, changes);
  }

  private keepAs(name: string, changes: Changes): void {
    const spent = name === this.name ? (this.known?.generation ?? 0) : 0;
    const room = this.room ?? this.place.receipts.reserve();
    this.room = undefined;
    this.unsettled.push({ file: this.receiptIn(room, name, spent, changes), name, spent, changes });
  }

  /** '' when the disk has failed since the room was reserved; the database may still take the answer. */
  private receiptIn(room: Preallocation, name: string, spent: number, changes: Changes): string {
    try {
      return this.place.receipts.keep(room, name, spent, changes);
    } catch (error) {
      if (systemCode(error) === undefined) throw error;
      room.cancel();
      return '';
    }
  }

  async settle(): Promise<void> {
    const waiting = this.unsettled;
    this.unsettled = [];
    for (const one of waiting) await this.settleOne(one);
  }

  private async settleOne(one: Answer): Promise<void> {
    const deadline = performance.now() + this.place.times.saveBudgetMs;
    for (let pauseMs = shortestPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      try {
        return await this.save(one);
      } catch (error) {
        if (performance.now() + pauseMs > deadline)
          throw notSaved(this.name, this.place.database.where, one.file, error);
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  private async save({ file, name, spent, changes }: Answer): Promise<void> {
    const { database, receipts } = this.place;
    const { tokens, others } = parted(changes);
    if (name === this.name) {
      await saveTokenSet(database, { name, spent, changes: tokens });
      await writeDocument(database, name, others);
    } else {
      await this.savePending(name, changes);
    }
    if (file !== '') receipts.confirm(file);
  }

  private async savePending(name: string, changes: Changes): Promise<void> {
    const { environment } = await this.current();
    const text = environmentEditor(name).edit(environment.text, changes);
    await putConnection(this.place.database, name, text, { of: this.name, kind: 'pending' });
  }

  keepAnswer(body: string): string | undefined {
    return this.place.receipts.keepAnswer(this.name, body);
  }

  /** Every token set that ever came is a row already. */
  async keepHeld(): Promise<void> {
    await this.current();
  }

  async candidates(after: number): Promise<readonly Environment[]> {
    const current = await this.current();
    return await readTokenSets(this.place.database, this.name, current, after);
  }

  async refuse(refreshToken: string): Promise<boolean> {
    const { environment, generation } = await this.current();
    if (valueOf(environment, 'refresh_token') !== refreshToken) return false;
    const { database } = this.place;
    const [row] = await database.query(
      `with ${durably} update evergrant.connection set grant_status = 'consent_needed', spending_since = null, spending_host = null
      from durable where name = $1 and lease_owner = $2 and lease_epoch = $3::bigint and generation = $4 returning 1 as is_done`,
      [this.name, database.owner, this.epoch, generation],
    );
    return row !== undefined;
  }

  async replace(text: string): Promise<void> {
    await putConnection(this.place.database, this.name, text);
  }

  async isUsed(code: string): Promise<boolean> {
    const [row] = await this.ask('select $2 = any(used_codes) as is_used from evergrant.connection where name = $1', [
      fingerprint(code, codeDigits),
    ]);
    return row?.['is_used'] === true;
  }

  async markUsed(code: string): Promise<void> {
    const kept = `(used_codes || $4::text)[greatest(1, cardinality(used_codes) + 2 - ${usedCodesKept}):]`;
    await this.setUnderLease(`used_codes = ${kept}`, [fingerprint(code, codeDigits)]);
  }

  async retryAfter(): Promise<Date | null> {
    const [row] = await this.ask('select retry_after from evergrant.connection where name = $1', []);
    const until = row?.['retry_after'];
    return until instanceof Date ? until : null;
  }

  async setRetryAfter(until: Date | null): Promise<void> {
    const before = await this.retryAfter();
    if (before?.getTime() !== until?.getTime()) await this.setUnderLease('retry_after = $4', [until]);
  }

  private async ask(text: string, values: readonly unknown[]): ReturnType<Database['query']> {
    return await this.place.database.query(text, [this.name, ...values]);
  }

  /** A lease that can't be released now ends by itself. */
  async release(): Promise<void> {
    this.room?.cancel();
    try {
      await this.setUnderLease('lease_owner = null, lease_until = null, lease_since = null', []);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
    }
  }
}

function notSaved(name: string, where: string, file: string, cause: unknown): Failure {
  const place = file === '' ? 'and nowhere else either' : `they are in ${file}`;
  return new Failure(
    'not_saved',
    'not_saved',
    `new tokens for ${name} could not be saved in ${where}; ${place}`,
    `when it answers again, on this machine: npx evergrant refresh ${name}`,
    { cause },
  );
}

function pendingOf(name: string): string {
  return `${name}#pending`;
}

/** The token sets of a consent that are not the environment's own: connections of their own, found by its name. */
function asideOf({ database, storedAt }: Place, name: string, keep: Aside['keep']): Aside {
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
