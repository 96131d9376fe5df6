import { Failure, invalid } from '../../../errors';
import type { Database, Row } from '../database';

/** A database as its server knows it; null for what this user may not ask. */
interface Identity {
  /** Made by initdb; a copy of the server's files has it, a server into which a dump was restored has another. */
  readonly systemIdentifier: string | null;
  readonly databaseName: string;
  /** Grows with each failover. */
  readonly timeline: number | null;
}

/** The store's id, what it was bound to, and where it is now. */
export interface StoreIdentity {
  readonly id: string;
  /** Undefined before its first use. */
  readonly bound: Identity | undefined;
  readonly now: Identity;
  /** Differs once the server was started anew or has failed over, or the tables were filled anew. */
  readonly witness: string;
}

/** A store's identity, its newest migration, and which program the tables are for. */
export interface KnownStore {
  readonly identity: StoreIdentity;
  readonly number: number;
  readonly minReader: number;
  readonly minWriter: number;
}

const own = `select s.id::text as id, s.system_identifier, s.database_name, s.timeline, current_database() as here,
  (select max(number) from evergrant.migration) as number, (select max(min_reader) from evergrant.migration) as reader,
  (select max(min_writer) from evergrant.migration) as writer,
  concat_ws(' ', pg_postmaster_start_time(), (select oid from pg_database where datname = current_database()),
    pg_relation_filenode('evergrant.token_set'), pg_relation_filenode('evergrant.connection')) as witness`;

/** The timeline of the log that is being written: that of the last checkpoint would lag behind after a failover. */
const asked = `, (select system_identifier::text from pg_control_system()) as system_here,
  case when not pg_is_in_recovery() then ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int end
    as timeline_here`;

export async function readIdentity(database: Database): Promise<StoreIdentity> {
  return (await readStore(database)).identity;
}

export async function readStore(database: Database): Promise<KnownStore> {
  const [row = {}] = await askedOrNot(database);
  const [found, minReader, minWriter] = [Number(row['number']), Number(row['reader']), Number(row['writer'])];
  return { identity: identityIn(row), number: found, minReader, minWriter };
}

function identityIn(row: Row): StoreIdentity {
  const text = (column: string): string | null => (typeof row[column] === 'string' ? row[column] : null);
  const number = (column: string): number | null => (typeof row[column] === 'number' ? row[column] : null);
  const databaseName = text('database_name');
  const bound =
    databaseName === null
      ? undefined
      : { systemIdentifier: text('system_identifier'), databaseName, timeline: number('timeline') };
  const now = {
    systemIdentifier: text('system_here'),
    databaseName: text('here') ?? '',
    timeline: number('timeline_here'),
  };
  const witness = `${now.systemIdentifier ?? ''} ${now.timeline ?? ''} ${text('witness') ?? ''}`;
  return { id: text('id') ?? '', bound, now, witness };
}

/** A server may keep its control data from this user: then the database's name alone is compared. */
async function askedOrNot(database: Database): Promise<readonly Row[]> {
  try {
    return await database.query(`${own}${asked} from evergrant.store s`);
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'no_access') throw error;
    return await database.query(`${own} from evergrant.store s`);
  }
}

/**
 * What has become of a database since its id was bound: nothing, its first use, a failover (only the timeline is another),
 * or another server or name, which is what an older backup, put back, and a copy have.
 */
export function changeOf({ bound, now }: StoreIdentity): 'none' | 'first_use' | 'failover' | 'other' {
  if (bound === undefined) return 'first_use';
  const differs = (key: keyof Identity): boolean => bound[key] !== null && now[key] !== null && bound[key] !== now[key];
  if (differs('systemIdentifier') || differs('databaseName')) return 'other';
  return differs('timeline') ? 'failover' : 'none';
}

/** Binds the store's id to where it is now; what this user may not ask stays as it was bound. */
export async function bindIdentity(database: Database, { now }: Pick<StoreIdentity, 'now'>): Promise<void> {
  await database.query(
    `update evergrant.store set system_identifier = coalesce($1, system_identifier), database_name = $2,
      timeline = coalesce($3::integer, timeline), bound_at = now()`,
    [now.systemIdentifier, now.databaseName, now.timeline],
  );
}

/** The failure of every claim in a database that is another than its id was made for. */
export function otherDatabase(where: string): Failure {
  return invalid(
    'other_database',
    `${where} is a restored backup or a copy: nothing is refreshed there until somebody says which`,
    'restored, and production from now on: npx evergrant store check --restored; a copy, for tests: npx evergrant store check --copy',
  );
}

/** A part of an identity, for messages. */
export function told(part: string | number | null | undefined): string {
  return String(part ?? 'unknown');
}
