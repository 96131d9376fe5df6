import { Argument, type Command } from 'commander';
import type { Context } from '../../context';
import { command, type Run } from '../options';

const actions = ['migrate'] as const;
type Action = (typeof actions)[number];

export interface StoreCommand {
  /** Print the SQL instead of running it. */
  readonly isPrinted: boolean;
}

export function define(program: Command, run: Run): void {
  command(
    program,
    'store',
    'environments in a PostgreSQL database: make its tables (migrate)',
    'store migrate --store postgres://db.example.com/evergrant',
  )
    .addArgument(new Argument('<action>', 'what to do').choices(actions))
    .option('--print', "migrate: print the SQL, and that of the users' rights, for who owns the database")
    .action((action: Action, { print = false }: { print?: boolean }) =>
      run((context) => runners[action]({ isPrinted: print }, context)),
    );
}

const runners: Readonly<Record<Action, (options: StoreCommand, context: Context) => Promise<number>>> = {
  migrate: async (options, context) =>
    await (require('./migrate') as typeof import('./migrate')).migrateStore(options, context),
};
