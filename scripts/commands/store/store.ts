import type { Command } from 'commander';
import type { Run } from '../options';
import * as check from './check-store';
import * as exportFiles from './export-files';
import * as importFiles from './import-files';
import * as migrate from './migrate';

/** The verbs of `store`. */
export function define(program: Command, run: Run): void {
  const group = program
    .command('store')
    .helpCommand(false)
    .description('environments in a PostgreSQL database, for several machines')
    .addHelpText('after', `\nExample:\n  $ npx evergrant store migrate`);
  for (const verb of [migrate, importFiles, exportFiles, check]) verb.define(group, run);
}
