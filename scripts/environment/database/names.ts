import { applyEdits, modify } from 'jsonc-parser';
import { invalid, type Failure } from '../../errors';
import type { Environment } from '../environment';
import { readable, type ClaimIndex, type LockedEnvironment } from '../store';
import { fingerprint } from '../../text/fingerprint';
import { readConnection } from './connections';
import type { Database } from './database';
import { resealConnection } from './sealed/reseal';
import { sealsOf } from './sealed/seals';

/** Longer chains than this are a circle. */
const mostNames = 100;

/** The name that a connection has now, by a name that it had; undefined for a name that none had, or one has. */
export async function currentName(database: Database, former: string): Promise<string | undefined> {
  let now = former;
  for (let count = 0; count < mostNames; count++) {
    const [there] = await database.query('select 1 from evergrant.connection where name = $1', [now]);
    if (there !== undefined) return count === 0 ? undefined : now;
    const [next] = await database.query('select given from evergrant.former_name where name = $1', [now]);
    if (next === undefined) return undefined;
    now = String(next['given']);
  }
  return undefined;
}

/**
 * Gives a connection another name, with all that belongs to it, in one statement; its lease ends with that. @throws Failure
 * `invalid` where the new name is taken
 */
export async function renameConnection(
  database: Database,
  locked: LockedEnvironment,
  name: string,
  to: string,
): Promise<void> {
  if (to === name) throw invalid('same_name', `${name} has that name already`, 'name another one');
  await locked.pickUpRecovery(); // receipts of this machine have the old name
  const { parts } = await readConnection(database, name);
  const [taken] = await database.query('select 1 from evergrant.connection where name = $1', [to]);
  if (taken !== undefined) throw isThere(to, database.where);
  (await sealsOf(database).load(true))?.prove(name);
  const entry = { at: new Date(), environment: to, outcome: 'renamed', was: name };
  const rows = await database.query(
    `with renamed as (
      update evergrant.connection set name = $2, inner_name = case inner_name when $1 then $2 else inner_name end,
        lease_owner = null, lease_until = null, lease_since = null
      where name = $1 and lease_owner = $3 and lease_until >= now() returning 1 as is_done
    ), beside as (
      update evergrant.connection set name = $2 || substr(name, length($1) + 1), aside_of = $2
      where aside_of = $1 and exists (select from renamed)
    ), document as (
      update evergrant.document set body = $4, version = version + 1
      where name = $1 and exists (select from renamed)
    ), attempts as (
      update evergrant.attempt set name = $2 where name = $1 and exists (select from renamed)
    ), last as (
      delete from evergrant.last_attempt where name = $1 and exists (select from renamed) returning id, at, outcome, since, move
    ), last_now as (
      insert into evergrant.last_attempt select $2, last.* from last on conflict (name) do update
        set (id, at, outcome, since, move) = (excluded.id, excluded.at, excluded.outcome, excluded.since, excluded.move)
    ), now_a_name as (
      delete from evergrant.former_name where name = $2 and exists (select from renamed)
    ), former as (
      insert into evergrant.former_name (name, given) select $1, $2 from renamed
      on conflict (name) do update set given = $2, at = now()
    ), recorded as (
      insert into evergrant.attempt (name, at, entry) select $2, $5, $6 from renamed
    )
    select is_done from renamed`,
    [name, to, database.owner, withInnerName(parts.body, name, to), entry.at, JSON.stringify(entry)],
  );
  if (rows.length === 0) throw leaseOver(name);
  if (sealsOf(database).sealing !== undefined) await resealConnection(database, to, name);
}

/** Finishes a renaming that was cut off before its secrets were sealed for the new name. Returns whether there was one. */
export async function finishRename(database: Database, name: string, to: string): Promise<boolean> {
  const [former] = await database.query(
    'select 1 from evergrant.former_name f join evergrant.connection c on c.name = f.given where f.name = $1 and f.given = $2',
    [name, to],
  );
  if (former === undefined || (await sealsOf(database).load(true)) === undefined) return false;
  return (await resealConnection(database, to, name)) > 0;
}

/** Removes a connection and its token sets; the record of attempts stays. Its lease ends with it. */
export async function removeConnection(
  database: Database,
  locked: LockedEnvironment,
  name: string,
  mayGo: (there: Environment | undefined) => void,
): Promise<void> {
  const there = await readable(locked);
  if (there !== undefined) await locked.pickUpRecovery(); // this machine's receipts would bring it back
  mayGo(await readable(locked));
  const rows = await database.query(
    `with removed as (
      delete from evergrant.connection where name = $1 and lease_owner = $2 and lease_until >= now() returning name
    ), beside as (
      delete from evergrant.connection where aside_of = $1 and exists (select from removed)
    )
    select name from removed`,
    [name, database.owner],
  );
  if (rows.length === 0) throw leaseOver(name);
}

/** The text with the name inside it changed, if it was the connection's; a name that a person gave in Postman stays. */
function withInnerName(body: string, name: string, to: string): string {
  const [mark, text] = body.startsWith('\uFEFF') ? ['\uFEFF', body.slice(1)] : ['', body];
  const { name: inner } = JSON.parse(text) as { name?: unknown }; // it was read as an environment
  return inner === name ? mark + applyEdits(text, modify(text, ['name'], to, {})) : body;
}

function leaseOver(name: string): Failure {
  return invalid('lease_over', `another process took ${name} meanwhile`, 'run the same command again');
}

function isThere(name: string, where: string): Error {
  const problem = `${name} is in ${where} already, and rename never overwrites`;
  return invalid('exists', problem, `see it: npx evergrant status ${name}`);
}

/** The rows of environments themselves, not of what waits beside them, sorted by name. */
export function own(database: Database, more: string, values: readonly unknown[] = []): ReturnType<Database['query']> {
  return database.query(`select name from evergrant.connection where aside_of is null ${more} order by name`, values);
}

/** Finds environments by name or state: see the store. */
export function claimsIn(database: Database, nameIn: (state: string) => string | undefined): ClaimIndex {
  return {
    claimants: async (state) => {
      const named = nameIn(state);
      const rows =
        named === undefined
          ? await own(database, 'and kept_state = $1', [fingerprint(state, 64)])
          : await own(database, 'and (name = $1 or inner_name = $1)', [named]);
      const renamed = rows.length === 0 && named !== undefined ? await currentName(database, named) : undefined;
      return renamed === undefined ? rows.map(({ name }) => String(name)) : [renamed];
    },
    pick: async (number) => {
      const [counted] = await database.query(
        'select count(*)::int as count from evergrant.connection where aside_of is null',
      );
      const count = Number(counted?.['count']);
      if (count === 0) return undefined;
      const [row] = await database.query(
        'select name from evergrant.connection where aside_of is null order by name offset $1 limit 1',
        [number % count],
      );
      return row === undefined ? undefined : String(row['name']);
    },
    reread: async () => undefined,
  };
}
