import { formatDuration } from '../../../text/duration';
import { shellQuoted } from '../../../text/shell';
import type { Waiting } from '../receipts/waiting';
import type { LeaseFacts, StoreFacts } from './facts';
import type { StoreFinding } from './finding';

/** Judges what waits on this machine. */
export function ofThisMachine({ unconfirmed, noReceipts }: StoreFacts, now: Date): StoreFinding[] {
  const found: (StoreFinding | false)[] = [
    noReceipts !== undefined && {
      code: noReceipts.code,
      isGrave: true,
      problem: noReceipts.message,
      why: 'without room for a receipt no token is spent, so nothing is refreshed on this machine',
      mend: noReceipts.hint,
    },
    ...unconfirmed.map((one) => ofWaiting(one, now)),
  ];
  return found.filter((one) => one !== false);
}

function ofWaiting({ receipt, environment }: Waiting, now: Date): StoreFinding {
  const age = formatDuration(Math.max(0, now.getTime() - new Date(receipt.at).getTime()));
  const name = environment ?? receipt.name.replace(/#.*/, '');
  const problem = `an answer for ${name} is on this machine, for ${age}, and not in the database`;
  return environment === undefined
    ? {
        code: 'unconfirmed_receipt',
        isGrave: false,
        problem: `${problem}, where its connection is not there any more`,
        why: 'it holds tokens of a connection that was removed, or made anew under its name',
        mend: `remove it, if nobody misses that connection: rm ${shellQuoted(receipt.file)}`,
      }
    : {
        code: 'unconfirmed_receipt',
        isGrave: false,
        problem,
        why: 'it holds the newest tokens, if nobody has refreshed since',
        mend: `put it there: npx evergrant refresh ${environment}`,
      };
}

/** A refresh takes seconds; one that is told to be patient, minutes. */
const longLeaseMs = 10 * 60_000;

/** An import is one file's, and takes much less. */
const longImportMs = 60_000;

/** Judges who holds a connection, and for how long. */
export function ofLease({ environment, host, process, since }: LeaseFacts, now: Date): StoreFinding[] {
  const age = now.getTime() - since.getTime();
  const isImport = process === 'import';
  if (age < longLeaseMs && !isImport) return [];
  return [
    {
      code: isImport ? 'arriving' : 'long_lease',
      isGrave: isImport && age > longImportMs,
      problem: `${environment} is ${isImport ? 'being imported' : `held by process ${process}`} on ${host}, for ${formatDuration(Math.max(0, age))}`,
      why: isImport ? 'nothing refreshes it here until that is finished' : 'nobody else refreshes it meanwhile',
      mend: isImport
        ? `if it was cut off, again there: npx evergrant store import DIR; if its file is lost: npx evergrant store import --lost ${environment}`
        : `look whether it still runs on ${host}`,
    },
  ];
}
