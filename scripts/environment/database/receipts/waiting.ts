import type { Unconfirmed } from '../../store';
import type { Database, Row } from '../database';
import { isMadeAt } from '../token-sets';
import type { KeptReceipt, Receipts } from './receipts';

/** When a connection and what waits beside it were made, for {@link isFor}; `c` is the connection. */
export const madeAt =
  '(select array_agg(m.created_at) from evergrant.connection m where m.name = c.name or m.aside_of = c.name) as made';

/**
 * Whether a receipt is for the connection of a row: another one may have had its name before, or have it now. `isFormer` says
 * that the receipt has a name that the connection had.
 */
export function isFor({ made, at }: KeptReceipt, row: Row, isFormer = false): boolean {
  const times = [row['made']].flat().filter((time) => time instanceof Date);
  if (made !== undefined && times.length > 0) return times.some((time) => time.toISOString() === made);
  const isEarlier = times.length > 0 && times.every((time) => new Date(at) < time);
  return !isFormer && !isEarlier;
}

/** The answers for a connection that wait on this machine, oldest first, under its name and those that it had before. */
export async function waitingFor(
  name: string,
  database: Database,
  receipts: Receipts,
  endings: readonly string[],
): Promise<readonly KeptReceipt[]> {
  const files = receipts.waiting();
  if (files.length === 0) return [];
  const [own = '', aside] = name.split('#');
  const rows = await database.query(
    `with recursive had (name) as (
      select $1::text collate "C" union select f.name from evergrant.former_name f join had on f.given = had.name
    )
    select had.name as was, ${madeAt} from had, evergrant.connection c where c.name = $1`,
    [own],
  );
  const named = new Map(rows.map((row) => [String(row['was']), row]));
  const beside = aside === undefined ? '' : `#${aside}`;
  const names = [...named.keys()].flatMap((was) => endings.map((ending) => `${was}${beside}${ending}`));
  return receipts.unconfirmed(names, files).filter((one) => {
    const row = named.get(ownerOf(one));
    return row !== undefined && isFor(one, row, ownerOf(one) !== own);
  });
}

/** An answer that waits on this machine. */
export interface Waiting {
  readonly receipt: KeptReceipt;
  /** The name that its connection has now; undefined where that is not there any more. */
  readonly environment: string | undefined;
}

/** What waits on this machine, oldest first. */
export async function allWaiting(database: Database, receipts: Receipts): Promise<readonly Waiting[]> {
  const all = receipts.unconfirmed();
  if (all.length === 0) return [];
  const rows = await database.query(
    `with recursive now_named (was, name) as (
      select n, n collate "C" from unnest($1::text[]) n
      union select n.was, f.given from now_named n join evergrant.former_name f on f.name = n.name
    )
    select n.was, c.name, ${madeAt} from now_named n join evergrant.connection c on c.name = n.name`,
    [[...new Set(all.map(ownerOf))]],
  );
  return all.map((receipt) => {
    const was = ownerOf(receipt);
    const now = rows.find((row) => row['was'] === was && isFor(receipt, row, row['name'] !== was));
    return { receipt, environment: now && String(now['name']) };
  });
}

/** What waits on this machine, the newest answer by the name that its connection has now. */
export async function waitingByName(database: Database, receipts: Receipts): Promise<ReadonlyMap<string, Unconfirmed>> {
  const all = await allWaiting(database, receipts);
  return new Map(
    all.flatMap(({ receipt, environment }) =>
      environment === undefined ? [] : [[environment, unconfirmedOf(receipt)] as const],
    ),
  );
}

/** The name that a connection has now which had this one; undefined where it is not there any more. */
export async function nameNow(database: Database, name: string, made: string): Promise<string | undefined> {
  const own = name.replace(/#.*/, '');
  const [row] = await database.query(
    `with recursive now_named (name) as (
      select $1::text collate "C" union select f.given from now_named n join evergrant.former_name f on f.name = n.name
    )
    select c.name from evergrant.connection c join now_named using (name) where ${isMadeAt('c.name', '$2')}`,
    [own, made],
  );
  return row && `${String(row['name'])}${name.slice(own.length)}`;
}

/** As others are told of it. */
export function unconfirmedOf({ file, at }: KeptReceipt): Unconfirmed {
  return { file, since: new Date(at) };
}

/** The environment of a receipt, or beside which its tokens wait. */
function ownerOf({ name }: KeptReceipt): string {
  return name.replace(/#.*/, '');
}
