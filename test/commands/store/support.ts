import fs from 'node:fs';
import path from 'node:path';
import { openDatabase, type Database } from '../../../scripts/environment/database/database';
import { migrate } from '../../../scripts/environment/database/migrate';
import { startPostgres, whyNoPostgres, type PostgresServer } from '../../support/postgres';
import { makeWorkplace, type RunOptions, type Workplace } from '../../support/program';

export const isLeftOut = process.env['POSTGRES_TESTS'] !== 'required' && whyNoPostgres() !== undefined;

/** A place with a new database in a server, and the program's variables for it. */
export interface DatabasePlace extends Workplace {
  readonly url: string;
  readonly database: Database;
  readonly variables: Readonly<Record<string, string>>;
  sql(text: string): string;
  /** Runs the program with the database as its store. */
  store(args: readonly string[], options?: RunOptions): ReturnType<Workplace['run']>;
}

export async function databasePlace(server: PostgresServer): Promise<DatabasePlace> {
  const [place, url] = [makeWorkplace(), server.database()];
  const database = openDatabase(url, 'test', 2);
  await migrate(database);
  const variables = { EVERGRANT_STORE: url };
  return {
    ...place,
    url,
    database,
    variables,
    sql: (text) => server.sql(url, text).trim(),
    store: (args, options = {}) => place.run(args, { ...options, variables: { ...variables, ...options.variables } }),
  };
}

export const serverOf = startPostgres;

/** The rows of an environment that is connected, with the tokens of a generation. */
export function connectedRows(generation: number, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    app_type: 'web',
    client_id: 'the-client',
    client_secret: 'a-secret-of-the-app',
    token_url: 'http://127.0.0.1:9/token',
    tenant_id: 'tenant-1',
    access_token: `access-${generation}`,
    refresh_token: `refresh-${generation}`,
    access_token_expires_at: '2026-11-22T10:30:00.000Z',
    refresh_token_expires_at: '2037-01-21T10:00:00.000Z',
    generation: String(generation),
    refresh_started_at: '',
    grant_status: 'connected',
    ...more,
  };
}

/** Writes a file into the folder in which an environment's own things are kept. */
export function keepBeside(place: Workplace, name: string, file: string, text: string): void {
  const folder = path.join(place.folder, 'environments/.evergrant', `${name}.postman_environment.json`);
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  fs.writeFileSync(path.join(folder, file), text, { mode: 0o600 });
}
