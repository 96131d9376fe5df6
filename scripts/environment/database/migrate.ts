import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { Failure, invalid } from '../../errors';
import { packageFolder } from '../../package-folder';
import { isLockedOut, type Database } from './database';

/** One change of the tables: a numbered SQL file, never edited after its release. */
export interface Migration {
  readonly number: number;
  readonly title: string;
  readonly sql: string;
  readonly checksum: string;
}

const folder = path.join(packageFolder, 'scripts/environment/database/migrations');

/** All migrations, in order. */
function migrations(): readonly Migration[] {
  return fs
    .readdirSync(folder)
    .filter((file) => /^\d/.test(file))
    .toSorted()
    .map((file) => {
      const sql = fs.readFileSync(path.join(folder, file), 'utf8');
      const [, number = '', title = ''] = /^(\d+)-(.*)\.sql$/.exec(file) ?? [];
      return { number: Number(number), title, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    });
}

/** The number of this version's newest migration. */
export function newestMigration(): number {
  newest ??= migrations().at(-1)?.number ?? 0;
  return newest;
}

let newest: number | undefined;

/** The failure of what an older program must not do. */
export function newerStore(where: string): Failure {
  const problem = `${where} was migrated by a newer version, which this one would not understand`;
  return invalid('newer_store', problem, 'update this program');
}

/** Any number that no other program is likely to use: the key of the lock that keeps migrations apart. */
const lockKey = 7_205_759_403;

/** What waits for a table makes all that come later wait behind it, and saves of tokens may be among them. */
const lockLimit = '2s';
const [mostTries, pauseMs, limitMs] = [10, 1000, 600_000];

const ledger = `create schema if not exists evergrant;
create table if not exists evergrant.migration (
  number integer primary key,
  title text not null,
  checksum text not null,
  -- An older program than this refuses to read, or to write.
  min_reader integer not null default 1,
  min_writer integer not null default 1,
  applied_at timestamptz not null default now()
);`;

/** The SQL of these migrations. Sent as one text, it is one transaction. */
function sqlOf(wanted: readonly Migration[]): string {
  const steps = wanted.map(
    ({ number, title, checksum, sql }) =>
      `-- ${number}: ${title}\n${sql}\ninsert into evergrant.migration (number, title, checksum) values (${number}, '${title}', '${checksum}');`,
  );
  const alone = `do $$ begin perform pg_advisory_xact_lock(${lockKey}); end $$;`;
  return [`set local lock_timeout = '${lockLimit}';`, alone, ledger, ...steps].join('\n\n');
}

/** The same, for an administrator to run. */
function scriptOf(wanted: readonly Migration[]): string {
  return `begin;\n\n${sqlOf(wanted)}\n\ncommit;`;
}

/** The SQL that makes every table, for an administrator. */
export function sqlOfAll(): string {
  return scriptOf(migrations());
}

/** The SQL that makes what a database lacks; '' where it lacks nothing. @throws Failure */
export async function sqlOfMissing(database: Database): Promise<string> {
  const missing = await missingMigrations(database);
  return missing.length === 0 ? '' : scriptOf(missing);
}

/** The SQL of the rights of those who are not the tables' owner. */
export function rolesSql(): string {
  return fs.readFileSync(path.join(folder, 'roles.sql'), 'utf8').trimEnd();
}

/**
 * Refuses a database that this version is too old for, or that is not migrated far enough; returns the store's id.
 * @throws Failure `invalid`
 */
export async function checkVersion(database: Database): Promise<string> {
  const [found] = await database.query(
    `select coalesce(max(number), 0) as number, coalesce(max(min_reader), 1) as reader, coalesce(max(min_writer), 1) as writer,
      (select id::text from evergrant.store) as id from evergrant.migration`,
  );
  const own = migrations().at(-1)?.number ?? 0;
  if (Math.max(Number(found?.['reader']), Number(found?.['writer'])) > own) {
    throw newerStore(database.where);
  }
  if (Number(found?.['number']) < own) {
    const problem = `${database.where} lacks tables or columns of this version`;
    throw invalid('not_migrated', problem, 'while no old version runs any more: npx evergrant store migrate');
  }
  return String(found?.['id']);
}

/** Which migrations a database lacks, and whether it has some that this version does not know. */
export interface FoundMigrations {
  readonly missing: readonly Pick<Migration, 'number' | 'title'>[];
  readonly isNewer: boolean;
}

/** @throws Failure `invalid` when it has been migrated by other files */
export async function findMigrations(database: Database): Promise<FoundMigrations> {
  const missing = await missingMigrations(database);
  if (missing.some(({ number }) => number === 1)) return { missing, isNewer: false };
  const [found] = await database.query(
    'select greatest(max(min_reader), max(min_writer)) as needed from evergrant.migration',
  );
  return { missing, isNewer: Number(found?.['needed']) > (migrations().at(-1)?.number ?? 0) };
}

/** The migrations that a database still lacks. @throws Failure `invalid` when it has been migrated by other files */
async function missingMigrations(database: Database): Promise<readonly Migration[]> {
  const [found] = await database.query(`select to_regclass('evergrant.migration') is not null as is_there`);
  if (found?.['is_there'] !== true) return migrations();
  const applied = await database.query('select number, checksum from evergrant.migration');
  const checksums = new Map(applied.map(({ number, checksum }) => [number, checksum]));
  for (const { number, checksum } of migrations()) {
    if (checksums.has(number) && checksums.get(number) !== checksum) {
      throw invalid(
        'other_migration',
        `migration ${number} of ${database.where} is not the one of this version`,
        'update this program, or look which one has migrated it: select * from evergrant.migration',
      );
    }
  }
  return migrations().filter(({ number }) => !checksums.has(number));
}

/**
 * Brings a database's tables to this version; harmless when they are. Returns what it applied.
 * @throws Failure, having changed nothing
 */
export async function migrate(database: Database): Promise<readonly Migration[]> {
  if ((await findMigrations(database)).isNewer) throw newerStore(database.where);
  for (let tries = 1; ; tries++) {
    const missing = await missingMigrations(database);
    try {
      if (missing.length > 0) await database.query(sqlOf(missing), [], limitMs);
      return missing;
    } catch (error) {
      if (!isLockedOut(error)) throw error;
      if (tries === mostTries) throw inUse(database, error);
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

function inUse({ where }: Database, cause: unknown): Failure {
  const problem = `somebody else holds tables of ${where}, such as a backup that is being made; nothing was changed`;
  return new Failure(
    'temporary_failure',
    'store_in_use',
    problem,
    'run again when that has ended: npx evergrant store migrate',
    { cause },
  );
}
