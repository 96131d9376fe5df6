import * as v from 'valibot';
import { isOutcome } from '../../../history/days';
import type { LastAttempt } from '../../../history/attempt';
import type { Database, Row } from '../database';

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
