import type { Command } from 'commander';
import { keysHere, type Context } from '../../context';
import { newKey, reportOf, wholeKey } from '../../manage/sealing/key-file';
import { checkRecipients } from '../../manage/sealing/escrow';
import { changedMeanwhile, ringOf, ringWaitMs, rotated, there } from '../../manage/sealing/ring-changes';
import { command, type Run } from '../options';

export interface RotateKeyCommand {
  /** The file for a new key, or `-`; undefined: the data keys alone are new. */
  readonly to?: string | undefined;
  /** Who can open all data keys from now on, in place of those before; undefined for the same. */
  readonly escrow?: readonly string[] | undefined;
}

export function define(group: Command, run: Run): void {
  command(
    group,
    'rotate',
    'make new data keys, with which all is sealed from now on; with --to a new key, too',
    'key rotate --to /etc/evergrant-2.key',
  )
    .option(
      '--to <file>',
      'the file for a new key, or - for standard output; the one before opens all, too, until retire',
    )
    .option(
      '--escrow <recipients...>',
      'who can open the data keys when the key is lost, in place of those before: public keys of age',
    )
    .action((options: RotateKeyCommand) => run((context) => rotateKey(options, context)));
}

/** Makes new data keys; all others stay, and open what is sealed with them. @throws Failure `invalid` */
export async function rotateKey({ to, escrow }: RotateKeyCommand, context: Context): Promise<number> {
  const { stored, sealing } = await ringOf(context);
  const now = wholeKey(context);
  if (escrow !== undefined) await checkRecipients(escrow);
  const next = to === undefined ? undefined : newKey(to, context);
  const where = keysHere(context).where ?? '';
  const before = sealing.ring;
  const asked = escrow === undefined ? before : { ...before, recipients: [...escrow] };
  const after = await rotated(asked, { now, next: next?.keys, where }, context.now());
  const place = next?.write();
  await stored.change((ring) => {
    if (JSON.stringify(there(ring, stored.where)) === JSON.stringify(before)) return after;
    throw changedMeanwhile(stored.where);
  }, ringWaitMs);
  reportOf(to, context)(`new data keys: ${after.keys[0]?.id ?? ''}; what is written from now on is sealed with them`);
  if (place !== undefined)
    context.console.say(`the new key is in ${place}: give it to every machine, then retire the one before`);
  context.console.tell('what is there is sealed with them by the next refresh, or at once: npx evergrant key reseal');
  return 0;
}
