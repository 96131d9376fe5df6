import type { Command } from 'commander';
import { databaseOf, storeUrlOf, type Context } from '../../context';
import type { Database } from '../../environment/database/database';
import { Failure } from '../../errors';
import { command, type Run } from '../options';

export function define(group: Command, run: Run): void {
  command(
    group,
    'migrate',
    "make the database's tables, or bring them to this version",
    'store migrate --store postgres://db.example.com/evergrant',
  )
    .option(
      '--print',
      "print the SQL instead, of what the database lacks, and that of the users' rights: for who owns it",
    )
    .action(({ print = false }: { print?: boolean }) => run((context) => migrateStore(print, context)));
}

/** Brings the database's tables to this version, or prints the SQL that does. @throws Failure `invalid` */
export async function migrateStore(isPrinted: boolean, context: Context): Promise<number> {
  const { console } = context;
  if (isPrinted) return await printSql(context);
  const { migrate } =
    require('../../environment/database/migrate') as typeof import('../../environment/database/migrate');
  const database = databaseOf(context);
  const applied = await migrate(database);
  await bindFirst(database);
  const { fillShown } =
    require('../../environment/database/shown/fill-shown') as typeof import('../../environment/database/shown/fill-shown');
  await fillShown(database);
  for (const { number, title } of applied) console.print(`${database.where}: ${number} ${title}`);
  if (applied.length === 0) console.print(`${database.where} is up to date`);
  console.tell('next: npx evergrant store import DIR, or npx evergrant init NAME');
  return 0;
}

/** Without a database, or with one that can't be asked yet, everything is printed. */
async function printSql(context: Context): Promise<number> {
  const { rolesSql, sqlOfAll, sqlOfMissing } =
    require('../../environment/database/migrate') as typeof import('../../environment/database/migrate');
  let tables = sqlOfAll();
  if (storeUrlOf(context) !== '') {
    const database = databaseOf(context);
    try {
      tables = (await sqlOfMissing(database)) || `-- ${database.where} lacks nothing.`;
    } catch (error) {
      if (!(error instanceof Failure) || error.code === 'other_migration') throw error;
      context.console.say(`note: all tables are printed, because ${error.message}`);
    }
  }
  context.console.print(`${tables}\n\n${rolesSql()}`);
  return 0;
}

/** From its first moment on the database is known by its server and name, so that a copy of it is known for one. */
async function bindFirst(database: Database): Promise<void> {
  const { bindIdentity, changeOf, readIdentity } =
    require('../../environment/database/identity/identity') as typeof import('../../environment/database/identity/identity');
  const identity = await readIdentity(database);
  if (changeOf(identity) === 'first_use') await bindIdentity(database, identity);
}
