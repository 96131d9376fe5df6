import { Failure } from '../../../errors';
import type { Database } from '../database';
import { changeOf, otherDatabase, readStore, type KnownStore } from './identity';
import { checkVersion, newestMigration, newerStore } from '../migrate';
import { sealAlike } from '../sealed/seals';

/** A database that every statement of a store is asked of. */
export interface Door {
  /** Refuses what must not be done in a database that this program is too old for, and in a copy. */
  readonly database: Database;
  /** The store's id. @throws Failure `invalid` in a database that this version can't read */
  id(): Promise<string>;
  /** @throws Failure `invalid` in a restored backup or a copy, until somebody says which */
  refuseCopy(): Promise<void>;
}

/** The words of a statement that writes, and of one that reads tokens. */
const writing = /\b(insert into|update|delete from) evergrant\.|\bevergrant\.(mark|save_token_set|release)\(/;
const readingTokens = /\bevergrant\.token_set\b/;

/**
 * Looks once at what a database is, before the first statement of this process, and again before each one while something
 * is to be refused there. People who only look are told.
 */
export function doorTo(database: Database, say: (line: string) => void): Door {
  let known: Promise<KnownStore> | undefined;
  let isTold = false;
  const facts = async (): Promise<KnownStore> => {
    const asked = (known ??= look(database));
    try {
      const found = await asked;
      if (isOther(found) || isTooNew(found)) known = undefined;
      return found;
    } catch (error) {
      known = undefined;
      throw error;
    }
  };
  const door: Database = {
    ...database,
    query: async (text, values, limitMs) => {
      const found = await facts();
      const isWriting = writing.test(text);
      if (isWriting && isTooNew(found)) throw newerStore(database.where);
      if (isOther(found)) {
        const refusal = otherDatabase(database.where);
        if (isWriting || readingTokens.test(text)) throw refusal;
        if (!isTold) say(`note: ${refusal.message}\n  → ${refusal.hint}`);
        isTold = true;
      }
      return await database.query(text, values, limitMs);
    },
  };
  sealAlike(door, database);
  return {
    database: door,
    id: async () => (await facts()).identity.id,
    refuseCopy: async () => {
      if (isOther(await facts())) throw otherDatabase(database.where);
    },
  };
}

/** @throws Failure `invalid` in a database that this version can't read */
async function look(database: Database): Promise<KnownStore> {
  try {
    const found = await readStore(database);
    const own = newestMigration();
    if (found.number < own || found.minReader > own) await checkVersion(database);
    return found;
  } catch (error) {
    if (!(error instanceof Failure)) await checkVersion(database); // a table or a column is not there yet
    throw error;
  }
}

function isOther({ identity }: KnownStore): boolean {
  return changeOf(identity) === 'other';
}

function isTooNew({ minWriter }: KnownStore): boolean {
  return minWriter > newestMigration();
}
