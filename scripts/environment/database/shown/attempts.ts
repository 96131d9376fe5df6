import * as v from 'valibot';
import { attemptIn, type Attempt, type LastAttempt } from '../../../history/attempt';
import { DayCounter, firstDayAt, isOutcome, type DailyHistory } from '../../../history/days';
import type { Database, Row } from '../database';
import { soon } from '../durability';
import { orElse } from '../informing';

/** Records an attempt. It only informs: where the database does not take it, nothing fails. */
export async function recordAttempt(database: Database, name: string, attempt: Attempt): Promise<void> {
  const statement = `with ${soon} insert into evergrant.attempt (name, at, entry) select $1, $2::timestamptz, $3::jsonb from soon`;
  await orElse(database.query(statement, [name, attempt.at, JSON.stringify(attempt)]), []);
}

/** The attempts at a connection, in the order in which they ended. */
export async function attemptsOf(database: Database, name: string): Promise<readonly Attempt[]> {
  const rows = await database.query('select entry from evergrant.attempt where name = $1 order by id', [name]);
  return rows.flatMap(({ entry }) => attemptIn(entry) ?? []);
}

/** The columns of `last_attempt l`, for {@link lastAttemptIn}. */
export const lastAttemptColumns =
  'l.at as last_at, l.outcome as last_outcome, l.since as last_since, l.move as last_move';

/** The last attempt at each connection, by its name. */
export async function lastAttempts(database: Database): Promise<ReadonlyMap<string, LastAttempt>> {
  const rows = await database.query(`select name, ${lastAttemptColumns} from evergrant.last_attempt l`);
  const entries = rows.flatMap((row): [string, LastAttempt][] => {
    const attempt = lastAttemptIn(row);
    return attempt === null ? [] : [[String(row['name']), attempt]];
  });
  return new Map(entries);
}

/** Null where there is none, or one whose outcome another version has written. */
export function lastAttemptIn(row: Row): LastAttempt | null {
  const { last_at: at, last_outcome: outcome, last_since: since, last_move: move } = row;
  if (!(at instanceof Date) || typeof outcome !== 'string' || !isOutcome(outcome)) return null;
  return { at, outcome, since: since instanceof Date ? since : at, move: moveIn(move) };
}

const moveShape = v.object({
  moved: v.object({ from: v.string(), to: v.string() }),
  at: v.pipe(
    v.string(),
    v.transform((text) => new Date(text)),
    v.date(),
  ),
});

function moveIn(move: unknown): LastAttempt['move'] {
  if (move === null) return null;
  const parsed = v.safeParse(moveShape, move);
  return parsed.success ? { ...parsed.output.moved, at: parsed.output.at } : null;
}

/** The attempts of each day and outcome, counted by the server, in the order in which the first of them was made. */
export async function daysIn(database: Database, now: Date): Promise<DailyHistory> {
  const counter = new DayCounter(now);
  const rows = await database.query(
    `select name, min(at) as at, entry->>'outcome' as outcome, count(*)::int as times
    from evergrant.attempt where at >= $1::timestamptz - interval '1 day'
    group by name, floor(extract(epoch from at) / 86400), entry->>'outcome' order by min(id)`,
    [firstDayAt(now)],
  );
  for (const { name, at, outcome, times } of rows) {
    if (at instanceof Date && typeof outcome === 'string' && isOutcome(outcome)) {
      counter.add(String(name), at.getTime(), outcome, Number(times));
    }
  }
  return counter.history();
}
