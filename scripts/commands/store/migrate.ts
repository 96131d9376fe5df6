import type { Command } from 'commander';
import { databaseOf, type Context } from '../../context';
import { command, type Run } from '../options';

export function define(group: Command, run: Run): void {
  command(
    group,
    'migrate',
    "make the database's tables, or bring them to this version",
    'store migrate --store postgres://db.example.com/evergrant',
  )
    .option('--print', "print the SQL instead, and that of the users' rights, for who owns the database")
    .action(({ print = false }: { print?: boolean }) => run((context) => migrateStore(print, context)));
}

/** Brings the database's tables to this version, or prints the SQL that does. @throws Failure `invalid` */
export async function migrateStore(isPrinted: boolean, context: Context): Promise<number> {
  const { console } = context;
  const { migrate, rolesSql, sqlOfAll } =
    require('../../environment/database/migrate') as typeof import('../../environment/database/migrate');
  if (isPrinted) {
    console.print(`${sqlOfAll()}\n\n${rolesSql()}`);
    return 0;
  }
  const database = databaseOf(context);
  const applied = await migrate(database);
  for (const { number, title } of applied) console.print(`${database.where}: ${number} ${title}`);
  if (applied.length === 0) console.print(`${database.where} is up to date`);
  console.tell('next: npx evergrant store import DIR, or npx evergrant init NAME');
  return 0;
}
