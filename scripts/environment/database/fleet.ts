import type { DueWhen, SharedFleet } from '../store';
import { wellOutcomes } from '../../history/outcomes';
import { dayMs } from '../../text/duration';
import { refreshTokenLifetimeMs } from '../../xero';
import { Failure } from '../../errors';
import { readConnections, type Connection } from './connections';
import type { Database, Row } from './database';
import type { Guard } from './guard';
import { orElse } from './informing';
import { endLease, now, type LeaseTimes } from './lease';
import type { Claimed } from './leased';
import type { Receipts } from './receipts/receipts';

interface FleetPlace {
  readonly database: Database;
  readonly times: LeaseTimes;
  readonly claimed: Map<string, Claimed>;
  readonly guard: Guard;
  receipts(): Promise<Receipts>;
}

/** What a run over all connections does in the database itself, so that it reads only those that matter to it. */
export function sharedFleet({ database, times, claimed, receipts, guard }: FleetPlace): SharedFleet {
  return {
    begin: async (when) => {
      await receipts(); // refuses a database that this version does not understand
      const [row] = await database.query(
        `select clock_timestamp() as at, exists (select from evergrant.connection) as is_any,
          (select count(*)::int from evergrant.connection c where ${due(when, 'now()')}) as due`,
        valuesOf(when),
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
      const rows = await database.query(
        `with picked as (
          select name from evergrant.connection c
          where ${due(when, '$4::timestamptz')} and (lease_until is null or lease_until < now()) and (claimed_at is null or claimed_at < $4::timestamptz)
          order by spending_since, access_token_expires_at limit $5 for update skip locked
        )
        update evergrant.connection c set lease_owner = $3, lease_epoch = lease_epoch + 1, lease_since = now(),
          lease_until = now() + $6 * interval '1 millisecond', claimed_at = clock_timestamp()
        from picked where c.name = picked.name returning c.name, lease_epoch::text as epoch`,
        [...valuesOf(when), database.owner, since, most, times.leaseMs],
      );
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
        union select aside_of from evergrant.connection where aside_kind = 'pending'
        union select trouble->>'name' from evergrant.said, jsonb_array_elements(troubles) trouble
          where exists (select from evergrant.connection c where c.name = trouble->>'name')
        ${hasHooks ? `union ${notToldOf}` : ''} order by name`,
        hasHooks ? [wellOutcomes] : [],
      );
      const waiting = (await receipts()).unconfirmed().map(({ name }) => name.replace(/#.*/, ''));
      return [...new Set([...rows.map(({ name }) => String(name)), ...waiting])];
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

/**
 * Which connections are due, as `refresh/due.ts` says it for one; $1 and $2 are how long before their expiry, and how much of
 * their share earlier, in milliseconds, seen from `at`: a run does not take what becomes due while it lasts. The first condition on a column lets its index be used.
 */
function due({ profile }: DueWhen, at: string): string {
  const early = `${at} + ($1::float8 + spread * $2::float8) * interval '1 millisecond'`;
  const earliest = `${at} + ($1::float8 + $2::float8) * interval '1 millisecond'`;
  const timely =
    profile === 'keep_alive'
      ? `(app_type <> 'custom_connection' and (refresh_token_expires_at is null
          or (refresh_token_expires_at <= ${earliest} and refresh_token_expires_at <= ${early})))
        or (app_type = 'custom_connection' and access_token_expires_at is null)`
      : `access_token_expires_at is null or (access_token_expires_at < ${earliest} and access_token_expires_at < ${early})`;
  return `aside_of is null and (has_tokens or app_type = 'custom_connection') and grant_status <> 'consent_needed'
    and (spending_since is not null or ${timely})`;
}

/** A connection that is kept alive is due a day after its rotation, which its refresh token's expiry tells. */
function valuesOf({ profile, ms, mostEarlyMs }: DueWhen): readonly number[] {
  return [profile === 'keep_alive' ? refreshTokenLifetimeMs - dayMs : ms, mostEarlyMs];
}

function instant(row: Row | undefined): Date {
  const at = row?.['at'];
  return at instanceof Date ? at : new Date(0);
}
