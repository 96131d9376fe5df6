import type { Command } from 'commander';
import type { Run } from '../options';
import * as add from './add-client';
import * as list from './list-clients';
import * as remove from './remove-client';
import * as rotate from './rotate-client';

/** The verbs of `client`. */
export function define(program: Command, run: Run): void {
  const group = program
    .command('client')
    .helpCommand(false)
    .description('the programs that may ask serve for access tokens, by OAuth 2.0 client credentials')
    .addHelpText('after', `\nExample:\n  $ npx evergrant client add reports --for acme`);
  for (const verb of [add, list, remove, rotate]) verb.define(group, run);
}
