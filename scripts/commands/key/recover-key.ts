import type { Command } from 'commander';
import type { Context } from '../../context';
import { fromEscrow } from '../../manage/sealing/escrow';
import { newKey, reportOf } from '../../manage/sealing/key-file';
import { changedMeanwhile, ringOf, ringWaitMs, there } from '../../manage/sealing/ring-changes';
import { invalid } from '../../errors';
import { rewrapped, type DataKeys } from '../../sealing/key-ring';
import { counted } from '../../text/count';
import { command, type Run } from '../options';

export interface RecoverKeyCommand {
  /** A file of age with the identity. */
  readonly identity: string;
  /** The file for a new key, or `-`. */
  readonly to: string;
}

export function define(group: Command, run: Run): void {
  command(
    group,
    'recover',
    'make a new key for data keys that were put in escrow, when the key is lost',
    'key recover --identity age.txt --to /etc/evergrant.key',
  )
    .requiredOption('--identity <file>', 'the file of age with the identity (AGE-SECRET-KEY-…)')
    .requiredOption('--to <file>', 'the file for the new key, or - for standard output')
    .action((options: RecoverKeyCommand) => run((context) => recoverKey(options, context)));
}

/** Wraps the data keys in escrow by a new key. @throws Failure `invalid`, having changed nothing */
export async function recoverKey({ identity, to }: RecoverKeyCommand, context: Context): Promise<number> {
  const { stored, sealing } = await ringOf(context);
  const before = sealing.ring;
  const opened = new Map<string, DataKeys>();
  for (const { id, escrow } of before.keys) {
    if (escrow !== undefined) opened.set(id, await fromEscrow(escrow, identity));
  }
  if (opened.size === 0) throw noEscrow(stored.where);
  const key = newKey(to, context);
  const where = key.write();
  await stored.change((ring) => {
    if (JSON.stringify(there(ring, stored.where)) !== JSON.stringify(before)) throw changedMeanwhile(stored.where);
    return rewrapped(before, opened, key.keys, 'dropped');
  }, ringWaitMs);
  reportOf(to, context)(`${counted(opened.size, 'data key')} recovered; the new key is in ${where}`);
  context.console.say(
    'say where it is: EVERGRANT_KEY_FILE; whoever has found the lost one can open nothing with it here',
  );
  return 0;
}

function noEscrow(where: string): Error {
  const hint = 'look for a copy of the key: without one, each customer must consent again';
  return invalid('no_escrow', `the data keys in ${where} were not put in escrow`, hint);
}
