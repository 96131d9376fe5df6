import type { EnvVariables } from '../env-names';
import type { EnvironmentStore } from '../store';
import { openDatabase, type Database } from './database';
import { databaseStore } from './database-store';
import { connectionTo } from './url';

/** One pool of connections for each database, however often this process opens it. */
const opened = new Map<string, Database>();

interface OpenOptions {
  readonly env: EnvVariables;
  readonly stateFolder: string;
  readonly secrets: Set<string>;
  /** Tells people what the database has lost, and what was put back. */
  say(line: string): void;
}

/**
 * The store in the database at a URL. No connection is made before it is first used.
 * @throws Failure `invalid` for a URL that leads to none
 */
export function openDatabaseStore(url: string, { env, stateFolder, secrets, say }: OpenOptions): EnvironmentStore {
  return databaseStore(databaseAt(url, env, secrets), stateFolder, undefined, say);
}

/** The database at a URL. @throws Failure `invalid` for a URL that leads to none */
export function databaseAt(url: string, env: EnvVariables, secrets: Set<string>): Database {
  const connection = connectionTo(url, env);
  if (connection.password !== '') secrets.add(connection.password);
  const database = opened.get(connection.url) ?? openDatabase(connection.url, connection.where, undefined, secrets);
  opened.set(connection.url, database);
  return database;
}
