import os from 'node:os';
import type { Attempt } from '../../history/attempt';
import { fingerprint } from '../../text/fingerprint';
import { checkEditable } from '../edit';
import { valueOf, type Changes, type Environment } from '../environment';
import { tokenKeys } from '../grant';
import type { Aside, LockedEnvironment, StoredEnvironment } from '../store';
import { asideOf, pendingOf } from './aside';
import { readConnection, withSaved, type Connection } from './connections';
import { askerOf, noteRetryAfter } from './apps';
import type { Database } from './database';
import { putConnection, writeDocument } from './documents';
import { busy, claim, elapsedMs, endLease, now, sendingMs, type Lease, type LeaseTimes, type Moment } from './lease';
import { parted } from './parts';
import { Answers } from './receipts/answers';
import type { Receipts } from './receipts/receipts';
import { waitingFor } from './receipts/waiting';
import { resealConnection } from './sealed/reseal';
import { sealsOf } from './sealed/seals';
import { durably } from './durability';
import { readTokenSets, saveTokenSet } from './token-sets';

/** A code is valid for five minutes; more than this many are never valid at once. */
const usedCodesKept = 10;
const codeDigits = 16;

/** What a leased environment works with. */
export interface Place {
  readonly database: Database;
  readonly receipts: Receipts;
  readonly times: LeaseTimes;
  /** Those that a run over all has claimed already, for this process. */
  readonly claimed: Map<string, Claimed>;
  storedAt(name: string): StoredEnvironment;
}

/** A lease that was taken before anybody asked for it. */
export interface Claimed extends Lease {
  /** The connection, if it was read since. Until the lease ends, nobody else puts tokens beside it. */
  readonly known?: Connection | undefined;
}

/**
 * Claims an environment by a lease, which other machines honour until it is over or released. Nothing else is held: no
 * transaction, no session.
 * @throws Failure `busy` when another holds it for longer than `waitMs`
 */
export async function leaseOf(place: Place, name: string, waitMs: number): Promise<LockedEnvironment> {
  const own = place.claimed.get(name);
  place.claimed.delete(name);
  if (own !== undefined) {
    if (elapsedMs(own.before) < sendingMs(place.times)) return new LeasedEnvironment(place, name, own);
    await endLease(place.database, name, own.epoch); // claimed so long ago that it may have been another's meanwhile
  }
  return new LeasedEnvironment(place, name, await claim(place, name, waitMs));
}

/** An environment while it is leased. */
class LeasedEnvironment implements LockedEnvironment {
  readonly aside: Aside;
  private readonly epoch: string;
  private claimedAt: Moment;
  private readonly answers: Answers;
  /** As it was last read. */
  private known: Connection | undefined;
  /** What is known without asking, for the next who reads. */
  private readBefore: Connection | undefined;

  constructor(
    private readonly place: Place,
    private readonly name: string,
    { epoch, before, known }: Claimed,
  ) {
    this.epoch = epoch;
    this.claimedAt = before;
    this.readBefore = known;
    this.answers = new Answers(place, name);
    this.aside = asideOf(place, name, (changes) => this.keepAnswerFor(pendingOf(name), 0, changes));
  }

  async read(): Promise<Environment> {
    return (await this.current()).environment;
  }

  private async current(): Promise<Connection> {
    const { readBefore } = this;
    this.readBefore = undefined;
    this.known = readBefore ?? (await readConnection(this.place.database, this.name));
    return this.known;
  }

  async pickUpRecovery(): Promise<boolean> {
    const { database, receipts } = this.place;
    const waiting = await waitingFor(this.name, database, receipts, ['', pendingOf('')]);
    if (waiting.length === 0) return false;
    const before = await this.current();
    for (const receipt of waiting) await this.answers.save(receipt);
    const { generation } = await this.current();
    return generation > before.generation;
  }

  async prepareSave(mark: Changes): Promise<void> {
    const { environment } = this.known ?? (await this.current());
    checkEditable(environment.text, tokenKeys, this.name);
    const { name } = environment;
    const sealing = await sealsOf(this.place.database).load();
    if (sealing?.seals(name) === true) sealing.prove(name);
    this.answers.reserve();
    await this.write(mark);
  }

  async write(changes: Changes): Promise<void> {
    this.readBefore = undefined;
    const { tokens, others } = parted(changes);
    await writeDocument(this.place.database, this.name, others);
    const { refresh_started_at: mark, grant_status: status, ...set } = tokens;
    if (mark !== undefined) await this.setMark(mark !== '');
    if (Object.keys(set).length > 0) await this.writeTokens(tokens);
    else if (status !== undefined) await this.setUnderLease('grant_status = $4', [status]);
  }

  /** Tokens that no answer brought, such as blank ones after a disconnection. */
  private async writeTokens(tokens: Changes): Promise<void> {
    const { generation, parts, createdAt } = await this.current();
    const changes = { ...parts.tokens, ...tokens };
    const spent = Math.max(generation, Number(changes.generation ?? 0) - 1);
    const next = { ...changes, generation: String(spent + 1) };
    const made = createdAt?.toISOString();
    const set = { name: this.name, made, spent: generation, changes: next };
    if ((await saveTokenSet(this.place.database, set)) === undefined) throw await busy(this.place.database, this.name);
  }

  /** The mark is the database's own time, as it was first set: the grace period is counted from there. */
  private async setMark(isSet: boolean): Promise<void> {
    if (!isSet) return await this.setUnderLease('spending_since = null, spending_host = null');
    const { database } = this.place;
    const values = [this.name, database.owner, this.epoch, os.hostname()];
    const [row] = await database.query('select evergrant.mark($1, $2, $3, $4) as is_held', values);
    if (row?.['is_held'] !== true) throw await busy(database, this.name);
  }

  /** @throws Failure `busy` when the lease is somebody else's by now */
  private async setUnderLease(assignments: string, values: readonly unknown[] = []): Promise<void> {
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
    if (elapsedMs(this.claimedAt) < sendingMs(times)) return true;
    const before = now();
    const [row] = await database.query(
      `update evergrant.connection set lease_until = now() + $4 * interval '1 millisecond'
      where name = $1 and lease_owner = $2 and lease_epoch = $3::bigint returning 1 as is_held`,
      [this.name, database.owner, this.epoch, times.leaseMs],
    );
    if (row === undefined) return false;
    this.claimedAt = before;
    return elapsedMs(before) < sendingMs(times);
  }

  keep(changes: Changes): void {
    this.keepAnswerFor(this.name, this.known?.generation ?? 0, changes);
  }

  private keepAnswerFor(name: string, spent: number, changes: Changes): void {
    this.answers.keep({ name, made: this.known?.createdAt?.toISOString(), spent, changes });
  }

  async settle(): Promise<void> {
    const { known } = this;
    const saved = await this.answers.settle();
    this.readBefore = known && saved && withSaved(known, saved, this.place.database);
  }

  keepAnswer(body: string): string | undefined {
    return this.place.receipts.keepAnswer(this.name, body);
  }

  /** Every token set that ever came is a row already. */
  async keepHeld(): Promise<void> {
    await this.current();
  }

  async candidates(after: number): Promise<readonly Environment[]> {
    const known = this.known ?? (await this.current());
    return known.newest > after ? await readTokenSets(this.place.database, this.name, known, after) : [];
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
    this.readBefore = undefined;
    await putConnection(this.place.database, this.name, text);
  }

  async reseal(): Promise<number> {
    this.readBefore = undefined;
    await this.pickUpRecovery();
    return (await resealConnection(this.place.database, this.name)) + this.place.receipts.reseal(this.name);
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
    return (this.known ?? (await this.current())).retryAfter;
  }

  async setRetryAfter(until: Date | null): Promise<void> {
    const known = this.known ?? (await this.current());
    if (known.retryAfter === null && until === null) return;
    await this.setUnderLease('retry_after = $4', [until]);
    this.known = { ...known, retryAfter: until };
    const { environment } = known;
    if (until === null || environment.app === undefined) return;
    await noteRetryAfter(this.place.database, environment.app.name, askerOf(environment), until);
  }

  private async ask(text: string, values: readonly unknown[]): ReturnType<Database['query']> {
    return await this.place.database.query(text, [this.name, ...values]);
  }

  async release(attempt?: Attempt): Promise<void> {
    this.answers.cancel();
    await endLease(this.place.database, this.name, this.epoch, attempt);
  }
}
