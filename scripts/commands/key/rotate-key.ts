import type { Command } from 'commander';
import { keysHere, type Context } from '../../context';
import { newKey, wholeKey } from '../../manage/sealing/key-file';
import { changedMeanwhile, ringOf, ringWaitMs, rotated, there } from '../../manage/sealing/ring-changes';
import { command, type Run } from '../options';

export interface RotateKeyCommand {
  /** The file for a new key, or `-`; undefined: the data keys alone are new. */
  readonly to?: string | undefined;
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
    .action(({ to }: RotateKeyCommand) => run((context) => rotateKey({ to }, context)));
}

/** Makes new data keys; all others stay, and open what is sealed with them. @throws Failure `invalid` */
export async function rotateKey({ to }: RotateKeyCommand, context: Context): Promise<number> {
  const { stored, sealing } = await ringOf(context);
  const now = wholeKey(context);
  const next = to === undefined ? undefined : newKey(to, context);
  const where = keysHere(context).where ?? '';
  const before = sealing.ring;
  const after = await rotated(before, { now, next: next?.keys, where }, context.now());
  const place = next?.write();
  await stored.change((ring) => {
    if (JSON.stringify(there(ring, stored.where)) === JSON.stringify(before)) return after;
    throw changedMeanwhile(stored.where);
  }, ringWaitMs);
  context.console.print(`new data keys: ${after.keys[0]?.id ?? ''}; what is written from now on is sealed with them`);
  if (place !== undefined)
    context.console.say(`the new key is in ${place}: give it to every machine, then retire the one before`);
  context.console.tell('what is there is sealed with them by the next refresh, or at once: npx evergrant key reseal');
  return 0;
}
