import type { Command } from 'commander';
import { keysHere, storeOf, type Context } from '../../context';
import { invalid } from '../../errors';
import { keyVariables } from '../../sealing/key-source';
import { newRing } from '../../sealing/key-ring';
import { checkRecipients, escrowed } from '../../manage/sealing/escrow';
import { newKey, noKey, reportOf, wholeKey, type NewKey } from '../../manage/sealing/key-file';
import { ringWaitMs } from '../../manage/sealing/ring-changes';
import { command, type Run } from '../options';

export interface InitKeyCommand {
  /** The new key file, or `-` for standard output; undefined for a key that is there. */
  readonly to?: string | undefined;
  readonly escrow: readonly string[];
}

interface InitKeyFlags {
  readonly to?: string;
  readonly escrow?: readonly string[];
}

export function define(group: Command, run: Run): void {
  command(
    group,
    'init',
    'make the key of this store, and its data keys; nothing is sealed yet',
    'key init --to /etc/evergrant.key --escrow age1…',
  )
    .option('--to <file>', 'the new key file, or - for standard output; without it, a key that is configured is used')
    .option('--escrow <recipients...>', 'who can open the data keys when the key is lost: public keys of age')
    .action(({ to, escrow = [] }: InitKeyFlags) => run((context) => initKey({ to, escrow }, context)));
}

/** Makes a key and the ring that it opens. Never overwrites either. @throws Failure `invalid`, having changed nothing */
export async function initKey({ to, escrow }: InitKeyCommand, context: Context): Promise<number> {
  const { console } = context;
  const ring = storeOf(context).keyRing();
  if ((await ring.sealing()) !== undefined) throw isThere(ring.where);
  await checkRecipients(escrow);
  const key = keyFor(to, context);
  const made = newRing(key.keys, context.now());
  const first = escrow.length === 0 ? {} : { escrow: await escrowed(made.data, escrow) };
  const whole = { ...made.ring, recipients: [...escrow], keys: made.ring.keys.map((one) => ({ ...one, ...first })) };
  const where = key.write();
  await ring.change((there) => {
    if (there !== undefined) throw isThere(ring.where);
    return whole;
  }, ringWaitMs);
  if (to !== undefined) console.say(`the key is in ${where}: keep a copy where the data is not, and never beside it`);
  if (escrow.length === 0) console.say('without --escrow nobody can open anything once the key is lost');
  if (to !== undefined && keysHere(context).where === undefined)
    console.tell(`say where it is: ${keyVariables.file}=${where}`);
  reportOf(to, context)(`the data keys are in ${ring.where}; seal what is there: npx evergrant seal --all`);
  return 0;
}

function keyFor(to: string | undefined, context: Context): NewKey {
  if (to !== undefined) return newKey(to, context);
  if (keysHere(context).where === undefined) throw noKey();
  return { keys: wholeKey(context), write: () => '' };
}

function isThere(where: string): Error {
  return invalid('exists', `there is a key ring: ${where}`, 'for another key: npx evergrant key rotate --to FILE');
}
