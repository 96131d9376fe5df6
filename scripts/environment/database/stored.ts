import { alreadyThere } from '../files/template';
import type { FileFacts, StoredEnvironment, Unconfirmed } from '../store';
import { readConnection } from './connections';
import { addConnection } from './documents';
import type { Guard } from './identity/guard';
import { orElse } from './informing';
import { holderOf, isThere } from './lease';
import { leaseOf, type Place } from './leased';
import { currentName } from './names';
import type { KeptReceipt, Receipts } from './receipts/receipts';
import { unconfirmedOf, waitingFor } from './receipts/waiting';
import { sealsOf } from './sealed/seals';
import { attemptsOf, recordAttempt } from './shown/attempts';
import { lastNotified, lockNotified } from './told';

/** What an environment works with; the receipts are looked for when they are first needed. */
export interface Home extends Omit<Place, 'receipts'> {
  readonly guard: Guard;
  receipts(): Promise<Receipts>;
}

export function stored(place: Home, name: string): StoredEnvironment {
  const { database, receipts } = place;
  const beside = async (kinds: readonly string[]): Promise<boolean> => {
    const rows = await database.query(
      'select 1 from evergrant.connection where aside_of = $1 and aside_kind = any($2) limit 1',
      [name, kinds],
    );
    return rows.length > 0;
  };
  /** For a login that may not read the app's. */
  const ownRetry = async (): Promise<Date | null> => {
    const [row] = await database.query('select retry_after from evergrant.connection where name = $1', [name]);
    return row?.['retry_after'] instanceof Date ? row['retry_after'] : null;
  };
  const waiting = async (): Promise<readonly KeptReceipt[]> => waitingFor(name, database, await receipts(), ['']);
  return {
    name: name.replace(/#.*/, ''),
    where: `${name} in ${database.where}`,
    exists: () => isThere(database, name),
    create: async (text) => {
      if (!(await addConnection(database, name, text))) throw alreadyThere(name, `${name} in ${database.where}`);
    },
    read: async () => {
      const own = place.claimed.get(name);
      const known = own?.known ?? (await readConnection(database, name));
      if (own !== undefined) place.claimed.set(name, { ...own, known });
      return known.environment;
    },
    postponedUntil: async () =>
      (await orElse(readConnection(database, name), undefined))?.retryAfter ?? (await ownRetry()),
    version: () => undefined,
    hadName: async (former) => (await currentName(database, former)) === name,
    hasRecovery: async () => (await waiting()).length > 0,
    hasPending: async () => place.claimed.get(name)?.known?.hasPending ?? (await beside(['pending'])),
    hasAside: () => beside(['pending', 'refused']),
    lock: async (waitMs) => {
      await place.guard.check();
      await sealsOf(database).load();
      return await leaseOf({ ...place, receipts: await receipts() }, name, waitMs);
    },
    isLocked: async () => (await holderOf(database, name)) !== undefined,
    attempts: () => attemptsOf(database, name),
    record: (attempt) => recordAttempt(database, name, attempt),
    lastNotified: () => orElse(lastNotified(database, name), undefined),
    lockNotified: () => orElse(lockNotified(database, name), undefined),
    facts: async () => {
      await readConnection(database, name); // refuses one that is not there
      const [first] = await waiting();
      return factsOf(name, database.where, first && unconfirmedOf(first), await beside(['pending', 'refused']));
    },
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
