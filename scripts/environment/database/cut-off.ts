import { invalid } from '../../errors';
import type { CutOff } from '../store';
import type { Row } from './database';

/** Whether the import of a connection `c` was cut off: copying one file takes much less than this. */
export const isCutOff = `(c.lease_until = 'infinity' and c.lease_since < now() - interval '1 minute')`;

/** For {@link cutOffIn}, of a connection `c`. */
export const cutOffColumns = `case when ${isCutOff} then c.lease_since end as cut_off_at, c.lease_owner`;

/** That the import of this row's connection was cut off; undefined for nearly all. */
export function cutOffIn({ name, cut_off_at: since, lease_owner: owner }: Row): CutOff | undefined {
  if (!(since instanceof Date)) return undefined;
  const [host = ''] = String(owner).split(':');
  const why = `the import of ${String(name)} on ${host} was cut off, and nobody refreshes it until that is finished`;
  const hint = `run it again there: npx evergrant store import DIR; if its file is lost: npx evergrant store import --lost ${String(name)}`;
  return { since, failure: invalid('import_cut_off', why, hint) };
}
