import type { Command } from 'commander';
import type { Run } from '../options';
import * as init from './init-key';
import * as recover from './recover-key';
import * as reseal from './reseal';
import * as retire from './retire-key';
import * as rotate from './rotate-key';
import * as status from './key-status';

/** The verbs of `key`. */
export function define(program: Command, run: Run): void {
  const group = program
    .command('key')
    .helpCommand(false)
    .description('the keys that seal secrets at rest: make, change and recover them')
    .addHelpText('after', `\nExample:\n  $ npx evergrant key init --to /etc/evergrant.key`);
  for (const verb of [init, status, rotate, reseal, retire, recover]) verb.define(group, run);
}
