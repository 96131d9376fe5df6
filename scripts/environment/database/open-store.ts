import type { EnvVariables } from '../env-names';
import type { EnvironmentStore } from '../store';
import { openDatabase, type Database } from './database';
import { databaseStore } from './database-store';
import type { Keys } from '../../sealing/keys';
import { sealsOf } from './sealed/seals';
import { connectionTo } from './url';

/** One pool of connections for each database, however often this process opens it. */
const opened = new Map<string, Database>();

interface OpenOptions {
  readonly env: EnvVariables;
  readonly stateFolder: string;
  readonly secrets: Set<string>;
  /** Where the keys of sealed values come from. */
  readonly keys: Keys;
  /** Tells people what the database has lost, and what was put back. */
  say(line: string): void;
}

/**
 * The store in the database at a URL. No connection is made before it is first used.
 * @throws Failure `invalid` for a URL that leads to none
 */
export function openDatabaseStore(
  url: string,
  { env, stateFolder, secrets, keys, say }: OpenOptions,
): EnvironmentStore {
  return databaseStore(databaseAt(url, { env, secrets, keys }), stateFolder, undefined, say);
}

/** The database at a URL. @throws Failure `invalid` for a URL that leads to none */
export function databaseAt(url: string, { env, secrets, keys }: Omit<OpenOptions, 'stateFolder' | 'say'>): Database {
  const connection = connectionTo(url, env);
  if (connection.password !== '') secrets.add(connection.password);
  const database = opened.get(connection.url) ?? openDatabase(connection.url, connection.where, undefined, secrets);
  opened.set(connection.url, database);
  sealsOf(database, keys);
  return database;
}
