import type { SharedFleet } from '../store';
import { wellOutcomes } from '../../history/outcomes';
import { Failure } from '../../errors';
import { readConnections, type Connection } from './connections';
import { isCutOff } from './cut-off';
import type { Database, Row } from './database';
import { claimsIn, dueValues, isDue } from './due';
import type { Guard } from './identity/guard';
import { orElse } from './informing';
import { endLease, now, type LeaseTimes } from './lease';
import type { Claimed } from './leased';
import type { Receipts } from './receipts/receipts';
import { waitingByName } from './receipts/waiting';

interface FleetPlace {
  readonly database: Database;
  readonly times: LeaseTimes;
  readonly claimed: Map<string, Claimed>;
  readonly guard: Guard;
  receipts(): Promise<Receipts>;
}

/** What a run over all connections does in the database itself, so that it reads only those that matter to it. */
export function sharedFleet({ database, times, claimed, receipts, guard }: FleetPlace): SharedFleet {
  const claimNext = claimsIn(database);
  return {
    begin: async (when) => {
      await receipts(); // refuses a database that this version does not understand
      const [row] = await database.query(
        `select clock_timestamp() as at, exists (select from evergrant.connection) as is_any,
          (select count(*)::int from evergrant.connection c where ${isDue(when, 'now()')}) as due`,
        dueValues(when),
      );
      return { at: instant(row), isEmpty: row?.['is_any'] !== true, due: Number(row?.['due']) };
    },
    count: async () => {
      const [row] = await database.query(
        'select count(*)::int as all from evergrant.connection where aside_of is null',
      );
      return Number(row?.['all']);
    },
    claim: async (when, since, most) => {
      await guard.check();
      const before = now();
      const rows = await claimNext({ when, since, most, owner: database.owner, leaseMs: times.leaseMs });
      const names = rows.map(({ name }) => String(name));
      const read = await readClaimed(database, names);
      for (const { name, epoch } of rows) {
        claimed.set(String(name), { epoch: String(epoch), before, known: read.get(String(name)) });
      }
      return names;
    },
    drop: async (name) => {
      const own = claimed.get(name);
      if (own === undefined) return;
      claimed.delete(name);
      await endLease(database, name, own.epoch);
    },
    noteworthy: async (hasHooks) => {
      const rows = await database.query(
        `select name from evergrant.connection where aside_of is null
          and (not has_tokens or grant_status = 'consent_needed') and not (app_type = 'custom_connection' and grant_status <> 'consent_needed')
        union select name from evergrant.connection c where aside_of is null and ${isCutOff}
        union select aside_of from evergrant.connection where aside_kind = 'pending'
        union select trouble->>'name' from evergrant.said, jsonb_array_elements(troubles) trouble
          where exists (select from evergrant.connection c where c.name = trouble->>'name')
        ${hasHooks ? `union ${notToldOf}` : ''} order by name`,
        hasHooks ? [wellOutcomes] : [],
      );
      const waiting = await waitingByName(database, await receipts());
      return [...new Set([...rows.map(({ name }) => String(name)), ...waiting.keys()])];
    },
  };
}

/** What can't be read now is read again when it is refreshed, which then says what is wrong. */
async function readClaimed(database: Database, names: readonly string[]): Promise<ReadonlyMap<string, Connection>> {
  if (names.length === 0) return new Map();
  const found = await orElse(readConnections(database, names), new Map<string, Failure>());
  return new Map([...found].flatMap(([name, one]) => (one instanceof Failure ? [] : [[name, one] as const])));
}

/** Those that hooks were not told of as they are now. */
const notToldOf = `select c.name from evergrant.connection c left join evergrant.notified n using (name)
  where aside_of is null and (n.last is null or n.last->>'generation' is distinct from c.generation::text
    or not (n.last->>'outcome' = any($1)))`;

function instant(row: Row | undefined): Date {
  const at = row?.['at'];
  return at instanceof Date ? at : new Date(0);
}
