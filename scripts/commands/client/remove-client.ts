import type { Command } from 'commander';
import { storeOf, type Context } from '../../context';
import { withoutClient } from '../../environment/client';
import { command, type Run } from '../options';
import { waitMs } from './tell';

export function define(group: Command, run: Run): void {
  command(group, 'remove <client>', 'remove a client: it is refused from now on', 'client remove reports').action(
    (id: string) => run((context) => removeClient(id, context)),
  );
}

/** Removes a client. Access tokens that it has been given stay good until they expire. @throws Failure `invalid` */
export async function removeClient(id: string, context: Context): Promise<number> {
  await storeOf(context)
    .clients()
    .change((clients) => withoutClient(clients, id), waitMs);
  context.console.print(`${id}: removed`);
  context.console.tell('access tokens that it has are good until they expire, half an hour at most');
  return 0;
}
