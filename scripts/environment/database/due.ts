import { dayMs } from '../../text/duration';
import { refreshTokenLifetimeMs } from '../../xero';
import type { DueWhen } from '../store';
import type { Database, Row } from './database';

/** Which connections a run claims next. */
interface Claim {
  readonly when: DueWhen;
  /** When the run began: what it has claimed since is not claimed again. */
  readonly since: Date;
  readonly most: number;
  readonly owner: string;
  readonly leaseMs: number;
}

/** Where a connection stands among those that are due: whether it was not cut off, when it expires, and its name. */
type Urgency = readonly [isWhole: unknown, expiresAt: unknown, name: unknown];

const first: Urgency = [false, '-infinity', ''];

/** So many times as many as are wanted are looked at, with one statement, for some that can be claimed. */
const lookedAtForEach = 10;

/**
 * Claims what is most urgent, each time going on where it was, so that a run looks at each connection once, however many are due. At the end it
 * goes round once more, for what others have given back meanwhile. The rows have `name` and `epoch`.
 */
export function claimsIn(database: Database): (claim: Claim) => Promise<readonly Row[]> {
  let last = first;
  return async ({ when, since, most, owner, leaseMs }) => {
    const values = [...dueValues(when), owner, since, most, leaseMs, most * lookedAtForEach];
    for (let isLastRound = last === first; ;) {
      const rows = await database.query(claimStatement(when), [...values, ...last]);
      const claimed = rows.filter(({ name }) => name !== null);
      last = urgencyOf(claimed.length === most ? claimed.at(-1) : rows.at(-1));
      if (claimed.length > 0 || (rows.length === 0 && isLastRound)) return claimed;
      isLastRound ||= rows.length === 0;
    }
  };
}

/** A time as text keeps its microseconds. */
function urgencyOf(row: Row | undefined): Urgency {
  return row === undefined ? first : [row['is_whole'], row['expires_at'], row['key']];
}

/**
 * Claims the $5 most urgent of the next $7 after the urgency in $8, $9 and $10. These are chosen by their urgency alone: so no planner, whatever
 * it knows of the table, sorts all that are due. Returns those that were claimed, and the last one that was looked at, which may have no
 * name; nothing where there is none.
 */
function claimStatement(when: DueWhen): string {
  const urgency = `(spending_since is null), ${expiryIn(when)}, name`;
  return `with next as materialized (
      select name as key, spending_since is null as is_whole, ${expiryIn(when)} as expires_at from evergrant.connection
      where ${isUrgent(when, '$4::timestamptz')} and (${urgency}) > ($8::boolean, $9::timestamptz, $10::text)
      order by ${urgency} limit $7
    ), picked as (
      select key from next join evergrant.connection c on name = key
      where ${isDue(when, '$4::timestamptz')} and (lease_until is null or lease_until < now()) and (claimed_at is null or claimed_at < $4::timestamptz)
      order by is_whole, expires_at, key limit $5 for update of c skip locked
    ), claimed as (
      update evergrant.connection set lease_owner = $3, lease_epoch = lease_epoch + 1, lease_since = now(),
        lease_until = now() + $6 * interval '1 millisecond', claimed_at = clock_timestamp()
      from picked where name = key returning name, lease_epoch::text as epoch
    )
    select key, is_whole, expires_at::text, name, epoch from next left join claimed on name = key
    where name is not null or key = (select key from next order by is_whole desc, expires_at desc, key desc limit 1)
    order by is_whole, next.expires_at, key`;
}

/**
 * Which connections are due, as `refresh/due.ts` says it for one; $1 and $2 are how long before their expiry, and how much of
 * their share earlier, in milliseconds, seen from `at`: a run does not take what becomes due while it lasts.
 */
export function isDue(when: DueWhen, at: string): string {
  const early = `${at} + ($1::float8 + spread * $2::float8) * interval '1 millisecond'`;
  const timely =
    when.profile === 'keep_alive'
      ? `(app_type <> 'custom_connection' and (refresh_token_expires_at is null or refresh_token_expires_at <= ${early}))
        or (app_type = 'custom_connection' and access_token_expires_at is null)`
      : `access_token_expires_at is null or access_token_expires_at < ${early}`;
  return `aside_of is null and (has_tokens or app_type = 'custom_connection') and grant_status <> 'consent_needed'
    and ${isUrgent(when, at)} and (spending_since is not null or ${timely})`;
}

/** The values of $1 and $2. A connection that is kept alive is due a day after its rotation, which its refresh token's expiry tells. */
export function dueValues({ profile, ms, mostEarlyMs }: DueWhen): readonly number[] {
  return [profile === 'keep_alive' ? refreshTokenLifetimeMs - dayMs : ms, mostEarlyMs];
}

/** What may be due, in the words of the index of urgency. */
function isUrgent(when: DueWhen, at: string): string {
  const earliest = `${at} + ($1::float8 + $2::float8) * interval '1 millisecond'`;
  return `((spending_since is null), ${expiryIn(when)}) <= (true, ${earliest})`;
}

function expiryIn({ profile }: DueWhen): string {
  const column = profile === 'keep_alive' ? 'refresh_token_expires_at' : 'access_token_expires_at';
  return `coalesce(${column}, '-infinity'::timestamptz)`;
}
