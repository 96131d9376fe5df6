import type { Command } from 'commander';
import { keysHere, storeOf, type Context } from '../../context';
import { wholeKey } from '../../manage/sealing/key-file';
import { resealApps, resealEach } from '../../manage/sealing/reseal';
import { changedMeanwhile, openedKeys, ringOf, ringWaitMs, there } from '../../manage/sealing/ring-changes';
import { invalid } from '../../errors';
import { rewrapped, type KeyRing } from '../../sealing/key-ring';
import { keyFingerprint } from '../../sealing/wrapping-keys';
import { formatDuration } from '../../text/duration';
import { command, duration, type Run } from '../options';
import { printResealed } from './resealed';

export interface RetireKeyCommand {
  readonly waitMs: number;
  /** Whether older data keys go although receipts of other machines may be sealed with them. */
  readonly isNow: boolean;
}

export function define(group: Command, run: Run): void {
  command(
    group,
    'retire',
    'remove data keys that are used no more, and keys other than the one configured; older backups open no more',
    'key retire',
  )
    .addOption(duration('--wait <duration>', 'how long to wait for another process', '30s'))
    .option('--now', 'of a database: also data keys that receipts of other machines may still need, for a day')
    .action(({ wait, now = false }: { wait: number; now?: boolean }) =>
      run((context) => retireKey({ waitMs: wait, isNow: now }, context)),
    );
}

/** The last key that was made stands first: who retires with an older one would lose it. @throws Failure `invalid` */
function refuseOlderKey({ keys }: KeyRing, held: Buffer, context: Context): void {
  const newest = keys[0]?.wrapped.find((one) => one.class === 'refresh');
  if (newest === undefined || newest.by === keyFingerprint(held)) return;
  const why = `the key in ${keysHere(context).where ?? ''} is the one before: a newer one opens this store`;
  throw invalid('older_key', why, 'say where the newer one is: EVERGRANT_KEY_FILE; see npx evergrant key status');
}

/** An answer that only another machine's disk has is sealed with the data keys of its time. @throws Failure `invalid` */
function refuseTooEarly({ keys }: KeyRing, comesBackMs: number, now: Date): void {
  const leftMs = new Date(keys[0]?.madeAt ?? '').getTime() + comesBackMs - now.getTime();
  if (keys.length < 2 || leftMs <= 0) return;
  const why = `receipts of other machines may need the older data keys for another ${formatDuration(leftMs)}`;
  throw invalid(
    'too_early',
    why,
    'wait, or where status names no unconfirmed tokens on any of them: npx evergrant key retire --now',
  );
}

/**
 * Reseals all that is left, under every environment's lock, so that whoever began with an older data key has ended; then all
 * data keys but the newest go; those that this key does not open stay, should theirs be found. Where one environment fails, all stay. @throws Failure `invalid`, having removed nothing
 */
export async function retireKey({ waitMs, isNow }: RetireKeyCommand, context: Context): Promise<number> {
  const { stored, sealing } = await ringOf(context);
  const wrapping = wholeKey(context);
  const before = sealing.ring;
  const opened = openedKeys(before, wrapping, keysHere(context).where ?? '');
  refuseOlderKey(before, wrapping.refresh, context);
  if (!isNow) refuseTooEarly(before, stored.comesBackMs, context.now());
  const done = [
    ...(await resealApps(waitMs, context)),
    ...(await resealEach(await storeOf(context).names(), waitMs, context)),
  ];
  const failed = done.filter(({ kind }) => kind !== undefined);
  if (failed.length > 0) {
    context.console.say('no key was removed: these first');
    return printResealed(done, false, 'sealed with the newest data keys', context);
  }
  await stored.change((ring) => {
    const now = there(ring, stored.where);
    if (now.keys[0]?.id !== before.keys[0]?.id) throw changedMeanwhile(stored.where);
    const kept: KeyRing = { ...now, keys: now.keys.filter(({ id }, at) => at === 0 || !opened.has(id)) };
    return rewrapped(kept, openedKeys(kept, wrapping, stored.where), wrapping, 'dropped');
  }, ringWaitMs);
  const gone = opened.size - 1;
  context.console.print(
    `${gone === 0 ? 'no' : gone} older data ${gone === 1 ? 'key' : 'keys'} removed; only the key in ${keysHere(context).where ?? ''} opens what is left`,
  );
  return 0;
}
