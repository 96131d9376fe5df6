import { valueOf } from '../../environment';
import { timesOf } from '../../token-times';
import { readConnection } from '../connections';
import type { Database, Row } from '../database';
import { putConnection, writeDocument } from '../documents';
import { editEnvironment } from '../../edit';
import { parted } from '../parts';
import type { KeptReceipt, Receipts } from './receipts';
import { sealedChanges } from '../../sealed';
import { sealsOf } from '../sealed/seals';
import { fingerprintOf, saveTokenSet } from '../token-sets';
import { isFor, madeAt } from './waiting';

/** The names of connections whose answers were put back. */
export interface PutBack {
  readonly all: readonly string[];
  /** Of these, those whose answers the database had confirmed: the others were being saved, or waited to be. */
  readonly lost: readonly string[];
}

/**
 * Puts back what this machine's receipts have and the database has not: answers that it had confirmed, and lost by a
 * failover, a crash, or an older backup put back. Harmless to repeat.
 */
export async function putBack(database: Database, receipts: Receipts): Promise<PutBack> {
  const newest = receipts.newest();
  if (newest.size === 0) return { all: [], lost: [] };
  const underWay = new Set(receipts.unconfirmed().map(({ name }) => name.replace(/#.*/, ''))); // before the database is asked
  const behind = await connectionsBehind(database, newest);
  const pending = [...newest.keys()].filter((stem) => stem.endsWith('.pending'));
  const found = receipts.ofAll(new Set([...behind.keys(), ...pending]));
  await sealsOf(database).load();
  const done = new Set<string>();
  for (const sealed of found) {
    const receipt = { ...sealed, changes: receipts.opened(sealed) };
    const [name = '', aside] = receipt.name.split('#');
    const isBack =
      aside === undefined
        ? await putSetBack(database, receipt, behind.get(name))
        : await putPendingBack(database, name, receipt);
    if (!isBack) continue;
    done.add(name);
    if (receipt.file.endsWith('.receipt.json')) receipts.confirm(receipt.file);
  }
  const all = [...done].toSorted();
  return { all, lost: all.filter((name) => !underWay.has(name)) };
}

/** What is known of a connection whose newest token set is not the one that a receipt has. */
interface Behind {
  readonly generation: number;
  readonly row: Row;
}

async function connectionsBehind(
  database: Database,
  newest: ReadonlyMap<string, number>,
): Promise<ReadonlyMap<string, Behind>> {
  const rows = await database.query(
    `select c.name, ${madeAt}, coalesce(t.generation, 0) as generation
    from unnest($1::text[], $2::integer[]) as r (name, generation) join evergrant.connection c on c.name = r.name
    left join lateral (select max(generation) as generation from evergrant.token_set s where s.name = r.name) t on true
    where r.generation > coalesce(t.generation, 0)`,
    [[...newest.keys()], [...newest.values()]],
  );
  return new Map(rows.map((row) => [String(row['name']), { generation: Number(row['generation']), row }]));
}

/** An answer of before the connection was made is an earlier connection's of the same name. */
async function putSetBack(database: Database, receipt: KeptReceipt, behind: Behind | undefined): Promise<boolean> {
  const { name, made, spent, changes } = receipt;
  if (behind === undefined || spent < behind.generation) return false;
  if (!isFor(receipt, behind.row)) return false;
  const { environment } = await readConnection(database, name);
  const [held, given] = [valueOf(environment, 'access_token'), changes.access_token ?? ''].map(
    (token) => timesOf(token).issuedAt?.getTime() ?? 0,
  );
  const isBeside = (held ?? 0) > (given ?? 0) || undefined;
  const { tokens, others } = parted(changes);
  const isCurrent = await saveTokenSet(database, { name, made, spent, changes: tokens, isBeside });
  if (isCurrent === undefined) return false;
  if (isCurrent) await writeDocument(database, name, others);
  return true;
}

/** Tokens of a consent that nobody has judged yet; those that were judged are somewhere among the connection's. */
async function putPendingBack(database: Database, name: string, receipt: KeptReceipt): Promise<boolean> {
  const { changes } = receipt;
  const [row] = await database.query(
    `select ${madeAt}, exists (select from evergrant.token_set t where (t.name = $1 or t.name like $1 || '#%')
      and t.fingerprint = $2) as is_known from evergrant.connection c where c.name = $1`,
    [name, fingerprintOf(changes.access_token ?? '', changes.refresh_token ?? '')],
  );
  if (row === undefined || row['is_known'] === true) return false;
  if (!isFor(receipt, row)) return false;
  const { environment } = await readConnection(database, name);
  const sealing = await sealsOf(database).load();
  const text = editEnvironment(environment.text, sealedChanges(environment, changes, sealing), name);
  await putConnection(database, `${name}#pending`, text, { of: name, kind: 'pending' });
  return true;
}
