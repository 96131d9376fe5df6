import { Failure } from '../../../errors';
import { arrivalOf } from '../arriving';
import type { Database, Row } from '../database';
import { readIdentity, type StoreIdentity } from '../identity/identity';
import { findMigrations, type FoundMigrations } from '../migrate';
import type { Receipts } from '../receipts/receipts';
import { allWaiting, type Waiting } from '../receipts/waiting';

/** What a server says of itself, and of this connection to it. */
export interface ServerFacts {
  readonly settings: Readonly<Record<string, string>>;
  readonly version: number;
  readonly isReplica: boolean;
  /** How far this machine's clock is ahead of the server's, in milliseconds; half of the request's time is unknown. */
  readonly aheadMs: number;
  /** The port that the server itself listens on; null over a socket file. */
  readonly serverPort: number | null;
  /** Of several statements one after the other, how many processes of the server have answered. */
  readonly backends: number;
  readonly isEncrypted: boolean;
  readonly user: string;
  /** The user as SQL names it. */
  readonly quotedUser: string;
  /** Whether the user has what `evergrant_worker` has; null where there is no such role. */
  readonly isWorker: boolean | null;
  readonly isSuperuser: boolean;
  /** The replicas that follow now; null where this user may not see them. */
  readonly replicas: number;
}

/** A lease that somebody has now. */
export interface LeaseFacts {
  readonly environment: string;
  readonly host: string;
  /** `import` for a copy that has not become the connection yet. */
  readonly process: string;
  readonly since: Date;
}

export interface StoreFacts {
  readonly server: ServerFacts;
  readonly migrations: FoundMigrations;
  /** The rights that this user lacks, as in `insert on token_set`. */
  readonly missingRights: readonly string[];
  /** Undefined before the tables are there. */
  readonly identity: StoreIdentity | undefined;
  readonly leases: readonly LeaseFacts[];
  readonly unconfirmed: readonly Waiting[];
  /** Why this machine can keep no receipts. */
  readonly noReceipts: Failure | undefined;
}

const settings = [
  'fsync',
  'full_page_writes',
  'synchronous_commit',
  'synchronous_standby_names',
  'default_transaction_read_only',
] as const;

/** Asks for everything that `store check` judges; nothing is changed. */
export async function factsOf(database: Database, receipts: () => Promise<Receipts>): Promise<StoreFacts> {
  const server = await serverFacts(database);
  const nothing = { missingRights: [], identity: undefined, leases: [], unconfirmed: [], noReceipts: undefined };
  const missingRights = await rightsMissing(database);
  if (missingRights.some((one) => needsForMigrations.includes(one))) {
    return { server, migrations: { missing: [], isNewer: false }, ...nothing, missingRights };
  }
  const migrations = await findMigrations(database);
  if (migrations.missing.length > 0 || migrations.isNewer) return { server, migrations, ...nothing };
  if (missingRights.some((one) => one.startsWith('select'))) return { server, migrations, ...nothing, missingRights };
  const kept = await receipts();
  return {
    server,
    migrations,
    missingRights,
    identity: await readIdentity(database),
    leases: await leases(database),
    unconfirmed: await allWaiting(database, kept),
    noReceipts: whyNoReceipts(kept),
  };
}

const statements = 12;

async function serverFacts(database: Database): Promise<ServerFacts> {
  const pids = new Set<unknown>();
  for (let count = 0; count < statements; count++) {
    const [row] = await database.query('select pg_backend_pid() as pid');
    pids.add(row?.['pid']);
  }
  const before = Date.now();
  const [row = {}] = await database.query(
    `select extract(epoch from clock_timestamp())::float8 * 1000 as now_ms, current_setting('server_version_num')::integer as version,
      pg_is_in_recovery() as is_replica, inet_server_port() as server_port, current_user::text as "user",
      quote_ident(current_user) as quoted_user,
      (select pg_has_role(oid, 'usage') from pg_roles where rolname = 'evergrant_worker') as is_worker,
      coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false) as is_encrypted,
      (select rolsuper from pg_roles where rolname = current_user) as is_superuser,
      (select count(*)::integer from pg_stat_replication) as replicas,
      ${settings.map((name) => `current_setting('${name}') as ${name}`).join(', ')}`,
  );
  const after = Date.now();
  return {
    settings: Object.fromEntries(settings.map((name) => [name, String(row[name])])),
    version: Number(row['version']),
    isReplica: row['is_replica'] === true,
    aheadMs: (before + after) / 2 - Number(row['now_ms']),
    serverPort: typeof row['server_port'] === 'number' ? row['server_port'] : null,
    backends: pids.size,
    isEncrypted: row['is_encrypted'] === true,
    user: String(row['user']),
    quotedUser: String(row['quoted_user']),
    isWorker: typeof row['is_worker'] === 'boolean' ? row['is_worker'] : null,
    isSuperuser: row['is_superuser'] === true,
    replicas: Number(row['replicas']),
  };
}

/** What a worker needs, by table. */
const rights: Readonly<Record<string, string>> = {
  store: 'select, update',
  connection: 'select, insert, update, delete',
  document: 'select, insert, update, delete',
  token_set: 'select, insert, update, delete',
  app: 'select, insert, update',
  attempt: 'select, insert, update',
  last_attempt: 'select, insert, update, delete',
  notified: 'select, insert, update',
  said: 'select, update',
  former_name: 'select, insert, update, delete',
  clients: 'select, update',
  key_ring: 'select, update',
  migration: 'select',
};

const useOfSchema = 'use the schema evergrant';

/** Without these it can't be asked which tables there are. */
const needsForMigrations: readonly string[] = [useOfSchema, 'select on migration'];

/** What is lacking on the tables that there are. A table's name can't be looked up in a schema that may not be used. */
async function rightsMissing(database: Database): Promise<string[]> {
  const [schema] = await database.query(
    `select has_schema_privilege(oid, 'usage') as may_use from pg_namespace where nspname = 'evergrant'`,
  );
  if (schema === undefined) return [];
  if (schema['may_use'] !== true) return [useOfSchema];
  const wanted = Object.entries(rights).flatMap(([table, all]) => all.split(', ').map((right) => ({ table, right })));
  const rows = await database.query(
    `select w.right || ' on ' || w.table as missing from jsonb_to_recordset($1::jsonb) as w ("table" text, "right" text)
    where not has_table_privilege(to_regclass('evergrant.' || w.table), w.right)`,
    [JSON.stringify(wanted)],
  );
  return rows.map(({ missing }) => String(missing));
}

const mostLeases = 1000;

async function leases(database: Database): Promise<LeaseFacts[]> {
  const rows = await database.query(
    `select name, lease_owner, lease_since from evergrant.connection
    where lease_until >= now() order by lease_since limit ${mostLeases}`,
  );
  return rows.map(leaseIn);
}

function leaseIn({ name, lease_owner: owner, lease_since: since }: Row): LeaseFacts {
  const arrival = arrivalOf(String(owner));
  const [host = '', pid = 'unknown'] = String(owner).split(':');
  return {
    environment: String(name),
    host,
    process: arrival === undefined ? pid : 'import',
    since: since instanceof Date ? since : new Date(0),
  };
}

function whyNoReceipts(receipts: Receipts): Failure | undefined {
  try {
    receipts.reserve().cancel();
    return undefined;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}
