import path from 'node:path';
import { attemptIn, type Attempt } from '../../history/attempt';
import { DayCounter, firstDayAt, isOutcome, type DailyHistory } from '../../history/days';
import { Failure, invalid } from '../../errors';
import { checkName } from '../files/files';
import { alreadyThere } from '../files/template';
import type { ClaimIndex, EnvironmentStore, FileFacts, Look, StoredEnvironment, Unconfirmed } from '../store';
import { fingerprint } from '../../text/fingerprint';
import { listApps, storedApp } from './apps';
import { clientsInDatabase } from './clients';
import { noConnection, readConnection, readConnections } from './connections';
import type { Database } from './database';
import { addConnection } from './documents';
import { soon } from './durability';
import { sharedFleet } from './fleet';
import { guardOf, type Guard } from './guard';
import { orElse } from './informing';
import { lastAttempts } from './shown/last-attempts';
import { holderOf, isThere, leaseTimes } from './lease';
import { leaseOf, type Claimed, type Place } from './leased';
import { checkVersion } from './migrate';
import { currentName, finishRename, removeConnection, renameConnection } from './names';
import { overviewOf } from './shown/overview';
import { Receipts, type KeptReceipt } from './receipts';
import { receiptSeal } from './sealed/receipt-seal';
import { keyRingIn, sealsOf } from './sealed/seals';
import { lastNotified, lockNotified, lockSaid, said } from './told';

/**
 * The store of environments that are rows of a PostgreSQL database, for several machines. `say` tells people what the
 * database has lost, and what was put back.
 */
export function databaseStore(
  database: Database,
  stateFolder: string,
  times = leaseTimes,
  say: (line: string) => void = () => undefined,
): EnvironmentStore {
  let known: Promise<Receipts> | undefined;
  const claimed = new Map<string, Claimed>();
  const receipts = (): Promise<Receipts> =>
    (known ??= receiptsOf(database, stateFolder).catch((error: unknown) => {
      known = undefined; // asked again when it is next needed
      throw error;
    }));
  const guard = guardOf(database, receipts, say);
  const environment = (name: string): StoredEnvironment => {
    checkName(name);
    return storedAt(name);
  };
  const storedAt = (name: string): StoredEnvironment =>
    stored({ database, receipts, guard, times, claimed, storedAt }, name);
  return {
    where: database.where,
    noneFound: () =>
      invalid(
        'no_environments',
        `there is no environment in ${database.where}`,
        'make one: npx evergrant init NAME, or bring them from files: npx evergrant store import DIR',
      ),
    names: async () => (await own(database, '')).map(({ name }) => String(name)),
    environment,
    rename: async (name, to, waitMs) => {
      checkName(to);
      if (await finishRename(database, name, to)) return;
      const locked = await environment(name).lock(waitMs);
      try {
        await renameConnection(database, locked, name, to);
      } finally {
        await locked.release();
      }
    },
    currentName: (former) => currentName(database, former),
    remove: async (name, waitMs, mayGo) => {
      const locked = await environment(name).lock(waitMs);
      try {
        await removeConnection(database, locked, name, mayGo);
      } finally {
        await locked.release();
      }
    },
    apps: () => listApps(database),
    app: (name) => storedApp(database, name),
    clients: () => clientsInDatabase(database),
    keyRing: () => keyRingIn(database),
    said: () => orElse(said(database), []),
    lockSaid: (waitMs) => lockSaid(database, waitMs),
    fleet: sharedFleet({ database, times, claimed, receipts, guard }),
    look: async function* (names) {
      yield* look(names, database, await receipts());
    },
    overview: overviewOf({
      database,
      unconfirmed: async () => unconfirmedIn(await receipts()),
      notThere: (name) => notThere(name, database.where),
    }),
    lastAttempts: () => lastAttempts(database),
    days: (now) => daysIn(database, now),
    claims: async (nameIn) => claimsIn(database, nameIn),
  };
}

/** This machine's receipts for this very database, which its id tells from a copy. */
export async function receiptsOf(database: Database, stateFolder: string): Promise<Receipts> {
  await checkVersion(database);
  const [store] = await database.query('select id::text as id from evergrant.store');
  const id = String(store?.['id']);
  return new Receipts(path.join(stateFolder, 'receipts', id), id, receiptSeal(sealsOf(database)));
}

/** The rows of environments themselves, not of what waits beside them, sorted by name. */
function own(database: Database, more: string, values: readonly unknown[] = []): ReturnType<Database['query']> {
  return database.query(`select name from evergrant.connection where aside_of is null ${more} order by name`, values);
}

const lookedAtOnce = 500;

async function* look(names: readonly string[], database: Database, receipts: Receipts): AsyncGenerator<Look> {
  const waiting = unconfirmedIn(receipts);
  for (let from = 0; from < names.length; from += lookedAtOnce) {
    const some = names.slice(from, from + lookedAtOnce);
    const found = await readConnections(database, some);
    const aside = await database.query(
      `select aside_of from evergrant.connection where aside_of = any($1) and aside_kind = 'pending'`,
      [some],
    );
    const pending = new Set(aside.map((row) => row['aside_of']));
    for (const given of some) {
      const environment = found.get(given);
      if (environment === undefined) yield { given, error: notThere(given, database.where) };
      else if (environment instanceof Failure) yield { given, error: environment };
      else {
        const unconfirmed = waiting.get(given);
        yield { given, environment, hasRecovery: unconfirmed !== undefined || pending.has(given), unconfirmed };
      }
    }
  }
}

function unconfirmedIn(receipts: Receipts): ReadonlyMap<string, Unconfirmed> {
  return new Map(receipts.unconfirmed().map((one) => [one.name.replace(/#.*/, ''), unconfirmedOf(one)]));
}

function unconfirmedOf({ file, at }: KeptReceipt): Unconfirmed {
  return { file, since: new Date(at) };
}

/** A text that is no name says more than that there is none of this name. */
function notThere(given: string, where: string): unknown {
  try {
    checkName(given);
    return noConnection(given, where);
  } catch (error) {
    return error;
  }
}

/** What an environment works with; the receipts are looked for when they are first needed. */
interface Home extends Omit<Place, 'receipts'> {
  readonly guard: Guard;
  receipts(): Promise<Receipts>;
}

function stored(place: Home, name: string): StoredEnvironment {
  const { database, receipts } = place;
  const beside = async (kinds: readonly string[]): Promise<boolean> => {
    const rows = await database.query(
      'select 1 from evergrant.connection where aside_of = $1 and aside_kind = any($2) limit 1',
      [name, kinds],
    );
    return rows.length > 0;
  };
  return {
    name: name.replace(/#.*/, ''),
    where: `${name} in ${database.where}`,
    exists: () => isThere(database, name),
    create: async (text) => {
      if (!(await addConnection(database, name, text))) throw alreadyThere(name, `${name} in ${database.where}`);
    },
    read: async () => {
      const known = await readConnection(database, name);
      const own = place.claimed.get(name);
      if (own !== undefined) place.claimed.set(name, { ...own, known });
      return known.environment;
    },
    version: () => undefined,
    hadName: async (former) => (await currentName(database, former)) === name,
    hasRecovery: async () => (await receipts()).unconfirmed(name).length > 0,
    hasPending: () => beside(['pending']),
    hasAside: () => beside(['pending', 'refused']),
    lock: async (waitMs) => {
      await place.guard.check();
      await sealsOf(database).load();
      return await leaseOf({ ...place, receipts: await receipts() }, name, waitMs);
    },
    isLocked: async () => (await holderOf(database, name)) !== undefined,
    attempts: () => attemptsOf(database, name),
    record: async (attempt) => {
      const values = [name, attempt.at, JSON.stringify(attempt)];
      const statement = `with ${soon} insert into evergrant.attempt (name, at, entry) select $1, $2::timestamptz, $3::jsonb from soon`;
      await orElse(database.query(statement, values), []);
    },
    lastNotified: () => orElse(lastNotified(database, name), undefined),
    lockNotified: () => orElse(lockNotified(database, name), undefined),
    facts: async () => {
      await readConnection(database, name); // refuses one that is not there
      const [first] = (await receipts()).unconfirmed(name);
      return factsOf(name, database.where, first && unconfirmedOf(first), await beside(['pending', 'refused']));
    },
  };
}

async function attemptsOf(database: Database, name: string): Promise<readonly Attempt[]> {
  const rows = await database.query('select entry from evergrant.attempt where name = $1 order by id', [name]);
  return rows.flatMap(({ entry }) => attemptIn(entry) ?? []);
}

/** The attempts of each day and outcome, counted by the server, in the order in which the first of them was made. */
async function daysIn(database: Database, now: Date): Promise<DailyHistory> {
  const counter = new DayCounter(now);
  const rows = await database.query(
    `select name, min(at) as at, entry->>'outcome' as outcome, count(*)::int as times
    from evergrant.attempt where at >= $1::timestamptz - interval '1 day'
    group by name, floor(extract(epoch from at) / 86400), entry->>'outcome' order by min(id)`,
    [firstDayAt(now)],
  );
  for (const { name, at, outcome, times } of rows) {
    if (at instanceof Date && typeof outcome === 'string' && isOutcome(outcome)) {
      counter.add(String(name), at.getTime(), outcome, Number(times));
    }
  }
  return counter.history();
}

function claimsIn(database: Database, nameIn: (state: string) => string | undefined): ClaimIndex {
  return {
    claimants: async (state) => {
      const named = nameIn(state);
      const rows =
        named === undefined
          ? await own(database, 'and kept_state = $1', [fingerprint(state, 64)])
          : await own(database, 'and (name = $1 or inner_name = $1)', [named]);
      const renamed = rows.length === 0 && named !== undefined ? await currentName(database, named) : undefined;
      return renamed === undefined ? rows.map(({ name }) => String(name)) : [renamed];
    },
    pick: async (number) => {
      const [counted] = await database.query(
        'select count(*)::int as count from evergrant.connection where aside_of is null',
      );
      const count = Number(counted?.['count']);
      if (count === 0) return undefined;
      const [row] = await database.query(
        'select name from evergrant.connection where aside_of is null order by name offset $1 limit 1',
        [number % count],
      );
      return row === undefined ? undefined : String(row['name']);
    },
    reread: async () => undefined,
  };
}

/** A row has no mode and no folder: what protects it are the database's grants. */
function factsOf(name: string, where: string, unconfirmed: Unconfirmed | undefined, hasAside: boolean): FileFacts {
  return {
    where: `${name} in ${where}`,
    folder: where,
    isReadableByOthers: false,
    isFolderOpen: false,
    tracking: 'untracked',
    pushedWorkspace: undefined,
    hasRecovery: unconfirmed !== undefined,
    unconfirmed,
    unfinishedName: undefined,
    hasAside,
    unbelievable: [],
  };
}
