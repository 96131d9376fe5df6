import { databaseOf, type Context } from '../../context';
import { migrate, rolesSql, sqlOfAll } from '../../environment/database/migrate';
import type { StoreCommand } from './store';

/** Brings the database's tables to this version, or prints the SQL that does. @throws Failure `invalid` */
export async function migrateStore({ isPrinted }: StoreCommand, context: Context): Promise<number> {
  const { console } = context;
  if (isPrinted) {
    console.print(`${sqlOfAll()}\n\n${rolesSql()}`);
    return 0;
  }
  const database = databaseOf(context);
  const applied = await migrate(database);
  for (const { number, title } of applied) console.print(`${database.where}: ${number} ${title}`);
  if (applied.length === 0) console.print(`${database.where} is up to date`);
  console.tell('next: npx evergrant init NAME');
  return 0;
}
