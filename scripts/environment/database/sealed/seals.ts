import { ringIn, textOfRing, type KeyRing } from '../../../sealing/key-ring';
import { noKeys, type Keys } from '../../../sealing/keys';
import { Sealing } from '../../../sealing/sealing';
import type { StoredKeyRing } from '../../store';
import type { Database, Row } from '../database';

/** How long machines keep receipts that the database has confirmed: a failover can take a commit back. */
export const receiptsKeptMs = 24 * 60 * 60 * 1000;

/** A ring that was read this long ago is read again. */
const believedMs = 1000;

/** The sealing of a database, as it was last read. What is written says by which version of the ring it was sealed. */
export interface Seals {
  /** The sealing that was last read; undefined where there is no ring. */
  readonly sealing: Sealing | undefined;
  readonly version: number;
  /** The same keys with another ring, such as one that the database has lost. */
  withRing(ring: KeyRing): Sealing;
  /** Reads the ring, unless that was just done. @throws Failure */
  load(isForced?: boolean): Promise<Sealing | undefined>;
}

const known = new WeakMap<Database, Seals>();

/** The seals of a database; made at the first call, which says where its keys come from. */
export function sealsOf(database: Database, keys: Keys = noKeys): Seals {
  const seals = known.get(database) ?? readingFrom(database, keys);
  known.set(database, seals);
  return seals;
}

/** Lets a database that stands for another one have its seals. */
export function sealAlike(database: Database, other: Database): void {
  known.set(database, sealsOf(other));
}

function readingFrom(database: Database, keys: Keys): Seals {
  let [body, version, readAtMs]: [string, number, number] = ['', 0, -Infinity];
  let sealing: Sealing | undefined;
  return {
    get sealing() {
      return sealing;
    },
    get version() {
      return version;
    },
    withRing: (ring) => new Sealing(ring, keys),
    load: async (isForced = false) => {
      if (!isForced && performance.now() - readAtMs < believedMs) return sealing;
      const [row] = await database.query('select body, version from evergrant.key_ring');
      const now = bodyOf(row);
      if (now !== body) sealing = new Sealing(ringIn(now, ringWhere(database)), keys);
      [body, version, readAtMs] = [now, Number(row?.['version'] ?? 0), performance.now()];
      return sealing;
    },
  };
}

function ringWhere({ where }: Database): string {
  return `the key ring in ${where}`;
}

/** The ring in its row, which is replaced only if nobody has changed it meanwhile. */
export function keyRingIn(database: Database): StoredKeyRing {
  const seals = sealsOf(database);
  return {
    where: ringWhere(database),
    comesBackMs: receiptsKeptMs,
    sealing: () => seals.load(true),
    change: async (change) => {
      for (;;) {
        const [row] = await database.query('select body, version from evergrant.key_ring');
        const before = bodyOf(row);
        const after = textOfRing(change(before === '' ? undefined : ringIn(before, ringWhere(database))));
        const done = await database.query(
          'update evergrant.key_ring set body = $1, version = version + 1 where version = $2 returning 1 as is_done',
          [after, row?.['version']],
        );
        if (done.length > 0) break;
      }
      await seals.load(true);
    },
  };
}

/** Inside a statement: it writes nothing once the ring has changed since its values were sealed; `$n` is the version. */
export function ringIsAs(parameter: string): string {
  return `exists (select from evergrant.key_ring where version = ${parameter}::integer)`;
}

function bodyOf(row: Row | undefined): string {
  const body = row?.['body'];
  return typeof body === 'string' ? body : '';
}
