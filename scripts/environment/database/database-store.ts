import path from 'node:path';
import { Failure, invalid } from '../../errors';
import { checkName } from '../files/files';
import type { EnvironmentStore, Look, StoredEnvironment } from '../store';
import { listApps, storedApp } from './apps';
import { clientsInDatabase } from './clients';
import { noConnection, readConnections } from './connections';
import type { Database } from './database';
import { doorTo } from './identity/door';
import { sharedFleet } from './fleet';
import { guardOf } from './identity/guard';
import { orElse } from './informing';
import { leaseTimes } from './lease';
import type { Claimed } from './leased';
import { checkVersion } from './migrate';
import { claimsIn, currentName, finishRename, own, removeConnection, renameConnection } from './names';
import { Receipts } from './receipts/receipts';
import { waitingByName } from './receipts/waiting';
import { receiptSeal } from './sealed/receipt-seal';
import { keyRingIn, sealsOf } from './sealed/seals';
import { daysIn, lastAttempts } from './shown/attempts';
import { overviewOf } from './shown/overview';
import { stored } from './stored';
import { lockSaid, said } from './told';

/**
 * The store of environments that are rows of a PostgreSQL database, for several machines. `say` tells people what the
 * database has lost, and what was put back.
 */
export function databaseStore(
  asked: Database,
  stateFolder: string,
  times = leaseTimes,
  say: (line: string) => void = () => undefined,
): EnvironmentStore {
  const door = doorTo(asked, say);
  const { database } = door;
  let known: Promise<Receipts> | undefined;
  const claimed = new Map<string, Claimed>();
  const receipts = (): Promise<Receipts> =>
    (known ??= receiptsHere().catch((error: unknown) => {
      known = undefined; // asked again when it is next needed
      throw error;
    }));
  const receiptsHere = async (): Promise<Receipts> => receiptsFor(await door.id(), database, stateFolder);
  const guard = guardOf(database, receipts, say);
  const receiptsToSpend = async (): Promise<Receipts> => {
    await door.refuseCopy();
    return await receipts();
  };
  const environment = (name: string): StoredEnvironment => {
    checkName(name);
    return storedAt(name);
  };
  const storedAt = (name: string): StoredEnvironment =>
    stored({ database, receipts, guard, times, claimed, storedAt }, name);
  const store: EnvironmentStore = {
    where: database.where,
    homeOf: () => store,
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
    fleet: sharedFleet({ database, times, claimed, receipts: receiptsToSpend, guard }),
    look: async function* (names) {
      yield* look(names, database, await receipts());
    },
    overview: overviewOf({
      database,
      unconfirmed: async () => await waitingByName(database, await receipts()),
      notThere: (name) => notThere(name, database.where),
    }),
    lastAttempts: () => lastAttempts(database),
    days: (now) => daysIn(database, now),
    claims: async (nameIn) => claimsIn(database, nameIn),
  };
  return store;
}

/** This machine's receipts for this very database, which its id tells from a copy. */
export async function receiptsOf(database: Database, stateFolder: string): Promise<Receipts> {
  return receiptsFor(await checkVersion(database), database, stateFolder);
}

function receiptsFor(id: string, database: Database, stateFolder: string): Receipts {
  return new Receipts(path.join(stateFolder, 'receipts', id), id, receiptSeal(sealsOf(database)));
}

const lookedAtOnce = 500;

async function* look(names: readonly string[], database: Database, receipts: Receipts): AsyncGenerator<Look> {
  const waiting = await waitingByName(database, receipts);
  for (let from = 0; from < names.length; from += lookedAtOnce) {
    const some = names.slice(from, from + lookedAtOnce);
    const found = await readConnections(database, some);
    for (const given of some) {
      const one = found.get(given);
      if (one === undefined) yield { given, error: notThere(given, database.where) };
      else if (one instanceof Failure) yield { given, error: one };
      else {
        const { environment, hasPending, cutOff } = one;
        const unconfirmed = waiting.get(given);
        yield { given, environment, hasRecovery: unconfirmed !== undefined || hasPending, unconfirmed, cutOff };
      }
    }
  }
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
