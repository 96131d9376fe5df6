import type { Command } from 'commander';
import { keysHere, storeOf, type Context } from '../../context';
import { invalid } from '../../errors';
import { keyVariables } from '../../sealing/key-source';
import { shellQuoted } from '../../text/shell';
import { newRing, withNewKeys } from '../../sealing/key-ring';
import { checkRecipients, escrowed } from '../../manage/sealing/escrow';
import { newKey, noKey, reportOf, wholeKey, type NewKey } from '../../manage/sealing/key-file';
import { changedMeanwhile, ringWaitMs } from '../../manage/sealing/ring-changes';
import { command, type Run } from '../options';

export interface InitKeyCommand {
  /** The new key file, or `-` for standard output; undefined for a key that is there. */
  readonly to?: string | undefined;
  readonly escrow: readonly string[];
  /** Whether the key of the ring that is there is lost: new data keys stand before those that nobody can open. */
  readonly isLost: boolean;
}

interface InitKeyFlags {
  readonly lost?: boolean;
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
    .option('--lost', 'the key that there was is lost, and nothing opens: begin anew, and keep what is sealed as it is')
    .action(({ to, escrow = [], lost = false }: InitKeyFlags) =>
      run((context) => initKey({ to, escrow, isLost: lost }, context)),
    );
}

/** Makes a key and the ring that it opens. Never overwrites either. @throws Failure `invalid`, having changed nothing */
export async function initKey({ to, escrow, isLost }: InitKeyCommand, context: Context): Promise<number> {
  const { console } = context;
  const ring = storeOf(context).keyRing();
  const before = (await ring.sealing())?.ring;
  if (before !== undefined && !isLost) throw isThere(ring.where);
  await checkRecipients(escrow);
  const key = keyFor(to, context);
  const made = before === undefined ? newRing(key.keys, context.now()) : withNewKeys(before, key.keys, context.now());
  const first = escrow.length === 0 ? {} : { escrow: await escrowed(made.data, escrow) };
  const keys = made.ring.keys.map((one) => (one.id === made.keyId ? { ...one, ...first } : one));
  const whole = { ...made.ring, recipients: [...escrow], keys };
  const where = key.write();
  await ring.change((there) => {
    if (JSON.stringify(there) !== JSON.stringify(before)) throw changedMeanwhile(ring.where);
    return whole;
  }, ringWaitMs);
  if (to !== undefined) console.say(`the key is in ${where}: keep a copy where the data is not, and never beside it`);
  if (escrow.length === 0) console.say('without --escrow nobody can open anything once the key is lost');
  if (before !== undefined) console.say(afterLoss);
  const isFound = to === undefined || keysHere(context).where !== undefined;
  const seal = isFound ? 'npx evergrant seal --all' : withKey(to === '-' ? 'FILE' : to, 'npx evergrant seal --all');
  reportOf(to, context)(`the data keys are in ${ring.where}; seal what is there: ${seal}`);
  return 0;
}

/** A command with the variable that says where the key is, for the usual shell of this system. */
function withKey(file: string, line: string): string {
  if (process.platform === 'win32') return `set "${keyVariables.file}=${file}" && ${line}`;
  return `${keyVariables.file}=${shellQuoted(file)} ${line}`;
}

const afterLoss =
  'what was sealed before opens with the lost key alone, should it be found; otherwise, for each: npx evergrant set NAME --secret-from FILE, then npx evergrant consent NAME';

function keyFor(to: string | undefined, context: Context): NewKey {
  if (to !== undefined) return newKey(to, context);
  if (keysHere(context).where === undefined) throw noKey();
  return { keys: wholeKey(context), write: () => '' };
}

function isThere(where: string): Error {
  return invalid(
    'exists',
    `there is a key ring: ${where}`,
    'for another key: npx evergrant key rotate --to FILE; if its key is lost: npx evergrant key init --lost --to FILE',
  );
}
