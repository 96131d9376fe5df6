import { counted } from '../../../text/count';
import type { Database } from '../database';
import { bindIdentity, changeOf, otherDatabase, readIdentity, told, type StoreIdentity } from './identity';
import { checkVersion } from '../migrate';
import { putBack } from '../receipts/put-back';
import type { Receipts } from '../receipts/receipts';

/** A failover behind a pooler ends no connection of this process: the database is looked at again after this time. */
const believedMs = 10_000;

/** Whether a database is still the one that this machine's receipts are for, asked before each claim. */
export interface Guard {
  /** @throws Failure `invalid` in a restored backup or a copy, until somebody says which */
  check(): Promise<void>;
}

/**
 * Looks at a database at the first claim of a process, and again when connections to it were lost or some seconds have
 * passed. What it has lost goes back, from this machine's receipts, and people are told.
 */
export function guardOf(database: Database, receipts: () => Promise<Receipts>, say: (line: string) => void): Guard {
  let [seenAtMs, lost, running]: [number, number, Promise<void> | undefined] = [-Infinity, 0, undefined];
  const isFresh = (): boolean => performance.now() - seenAtMs < believedMs && database.lostConnections() === lost;
  const look = async (): Promise<void> => {
    const [lostNow, lostBefore] = [database.lostConnections(), lost];
    await lookAt(database, await receipts(), say, lostNow > lostBefore);
    [seenAtMs, lost] = [performance.now(), lostNow];
  };
  return {
    check: async () => {
      if (!isFresh()) await (running ??= look().finally(() => (running = undefined)));
    },
  };
}

/** @throws Failure `invalid` in a database that this version can't use, and in a restored backup or a copy */
export async function refuseOther(database: Database): Promise<void> {
  await checkVersion(database);
  if (changeOf(await readIdentity(database)) === 'other') throw otherDatabase(database.where);
}

async function lookAt(
  database: Database,
  receipts: Receipts,
  say: (line: string) => void,
  hasLostConnections: boolean,
): Promise<void> {
  const identity = await readIdentity(database);
  const change = changeOf(identity);
  if (change === 'other') throw otherDatabase(database.where);
  const isAsBefore = change !== 'failover' && receipts.witness() === identity.witness && !hasLostConnections;
  const back = isAsBefore ? [] : (await putBack(database, receipts)).lost;
  if (change === 'first_use' || change === 'failover') await bindIdentity(database, identity);
  if (change === 'failover') say(`evergrant: ${failedOver(database.where, identity)}: ${wordsFor(back)}`);
  else if (back.length > 0)
    say(`evergrant: ${database.where} had lost answers that it had confirmed: ${wordsFor(back)}`);
  if (back.length > 0) say('  → see why, and what would cost tokens: npx evergrant store check');
  if (receipts.witness() !== identity.witness) receipts.noteWitness(identity.witness);
}

function failedOver(where: string, { bound, now }: StoreIdentity): string {
  return `${where} has failed over (timeline ${told(bound?.timeline)} is ${told(now.timeline)} now)`;
}

const mostNamed = 5;

/** Which connections were put back; a few by their names. */
function wordsFor(names: readonly string[]): string {
  if (names.length === 0) return 'nothing that this machine had asked for was lost';
  const more = names.length > mostNamed ? ` and ${names.length - mostNamed} more` : '';
  const which = `${names.slice(0, mostNamed).join(', ')}${more}`;
  return `the tokens of ${counted(names.length, 'connection')} are back, from this machine's receipts: ${which}`;
}
