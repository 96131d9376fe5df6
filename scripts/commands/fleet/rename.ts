import type { Command } from 'commander';
import { environmentNamed, storeOf, type Context } from '../../context';
import { renameForClients } from '../../manage/clients-follow';
import { underNewName } from '../../manage/sealing/policy';
import { command, duration, type Run } from '../options';

export interface RenameCommand {
  readonly name: string;
  readonly to: string;
  readonly waitMs: number;
}

export function define(program: Command, run: Run): void {
  command(
    program,
    'rename <name> <new>',
    'give an environment another name, with all that is kept for it; never overwrites',
    'rename acme maple-bakery',
  )
    .addOption(duration('--wait <duration>', 'how long to wait for another process', '30s'))
    .action((name: string, to: string, { wait }: { wait: number }) =>
      run((context) => rename({ name, to, waitMs: wait }, context)),
    );
}

/** Renames an environment under its lock. What was cut off is finished by the same command. @throws Failure `invalid` */
export async function rename({ name, to, waitMs }: RenameCommand, context: Context): Promise<number> {
  const old = environmentNamed(context, name).name;
  const store = storeOf(context);
  await underNewName(store, old, to, () => store.rename(name, to, waitMs));
  await renameForClients(store, old, to);
  context.console.print(`${old} is ${to} now`);
  context.console.say(`links that were made before still find it; name it ${to} wherever programs name it`);
  return 0;
}
