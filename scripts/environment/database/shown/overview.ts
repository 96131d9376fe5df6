import { Failure } from '../../../errors';
import { refreshTokenLifetimeMs } from '../../../xero';
import type { App } from '../../app-values';
import type { Owned } from '../../duplicates';
import type { Overview, Sight, Unconfirmed } from '../../store';
import { appOf } from '../apps';
import { textIn } from '../connections';
import { isCutOff } from '../cut-off';
import type { Database } from '../database';
import { sightColumns, sightsOf, type SightPlace } from './sights';

/** What this needs beside the database. */
interface OverviewPlace {
  readonly database: Database;
  /** What waits on this machine. */
  unconfirmed(): Promise<ReadonlyMap<string, Unconfirmed>>;
  /** What is said of a name that no connection has. */
  notThere(name: string): unknown;
}

/** What a status is made of, from columns that hold no secret; many connections are read a few at a time. */
export function overviewOf(place: OverviewPlace): Overview {
  const { database } = place;
  const now = async (): Promise<SightPlace> => ({
    database,
    unconfirmed: await place.unconfirmed(),
    apps: await appsOf(database),
  });
  return {
    sights: async function* (names) {
      const here = await now();
      yield* names === undefined ? all(undefined, here) : named(names, here, place.notThere);
    },
    troubledSights: async function* () {
      yield* all(`not coalesce(${isWell}, false)`, await now());
    },
    well: async (tenantId, most) => {
      const of = `from evergrant.connection c left join evergrant.last_attempt l on l.name = c.name
        where c.aside_of is null and ${isWell} and ($2::text is null or lower(c.tenant_id) = lower($2))`;
      const values = [usable(await appsOf(database)), tenantId ?? null];
      const [counted] = await database.query(`select count(*)::int as count ${of}`, values);
      const first = `select c.name ${of} order by date_trunc('minute', c.refresh_token_expires_at), c.name limit $3`;
      const rows = most > 0 ? await database.query(first, [...values, most]) : [];
      return { count: Number(counted?.['count']), names: rows.map((row) => textIn(row, 'name')) };
    },
    owned: () => ownedIn(database),
  };
}

/**
 * Which connections are connected and well for certain; $1 are the apps that can be used. What the others are called is for
 * `status/standing.ts` to say.
 */
const isWell = `(c.is_plain and (c.app = '' or c.app = any($1::text[])) and c.has_tokens and c.spending_since is null
  and ${isCutOff} is not true and c.grant_status <> 'consent_needed' and c.refresh_token_expires_at > now()
  and c.refresh_token_expires_at <= now() + interval '${refreshTokenLifetimeMs} milliseconds'
  and (l.outcome is null or l.outcome not in ('temporary_failure', 'refused', 'not_saved', 'invalid')))`;

const readAtOnce = 2000;

async function* named(
  names: readonly string[],
  place: SightPlace,
  notThere: (name: string) => unknown,
): AsyncGenerator<Sight> {
  const joined = `evergrant.connection c left join evergrant.document d on d.name = c.name
    left join evergrant.last_attempt l on l.name = c.name`;
  for (let from = 0; from < names.length; from += readAtOnce) {
    const some = names.slice(from, from + readAtOnce);
    const text = `select ${sightColumns} from ${joined} where c.aside_of is null and c.name = any($1)`;
    const sights = await sightsOf(await place.database.query(text, [some]), place);
    const found = new Map(sights.map((sight) => [sight.given, sight]));
    for (const given of some) yield found.get(given) ?? { given, error: notThere(given), lastAttempt: null };
  }
}

/** Page by page; each join begins where the page does. */
async function* all(condition: string | undefined, place: SightPlace): AsyncGenerator<Sight> {
  const text = `select ${sightColumns} from evergrant.connection c
    left join evergrant.document d on d.name = c.name and d.name > $2
    left join evergrant.last_attempt l on l.name = c.name and l.name > $2
    where $1::text[] is not null and c.aside_of is null and c.name > $2 and ${condition ?? 'true'}
    order by c.name limit ${readAtOnce}`;
  for (let [after, isWhole] = ['', false]; !isWhole;) {
    const rows = await place.database.query(text, [usable(place.apps), after]);
    yield* await sightsOf(rows, place);
    after = textIn(rows.at(-1) ?? {}, 'name');
    isWhole = rows.length < readAtOnce;
  }
}

/** The apps that are there and make sense. */
function usable(apps: ReadonlyMap<string, App>): readonly string[] {
  return [...apps.values()].filter(({ fault }) => fault === undefined).map(({ name }) => name);
}

/** The apps' settings; for who may not read those, their names. */
async function appsOf(database: Database): Promise<ReadonlyMap<string, App>> {
  const rows = await appRows(database);
  return new Map(rows.map(({ name, body }) => [String(name), appOf(String(name), body, database.where)]));
}

async function appRows(database: Database): ReturnType<Database['query']> {
  try {
    return await database.query('select name, body from evergrant.app');
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'no_access') throw error;
    return await database.query(`select name, '{}' as body from evergrant.app`);
  }
}

/** The owners of those whose user has several; only these are read. */
async function ownedIn(database: Database): Promise<readonly Owned[]> {
  const rows = await database.query(`
    select c.name, c.app, d.user_id, d.shown->'rows'->>'client_id' as client_id
    from evergrant.document d join evergrant.connection c on c.name = d.name
    where d.user_id in (select user_id from evergrant.document where user_id <> '' group by user_id having count(*) > 1)
      and c.has_tokens and c.aside_of is null order by c.name`);
  if (rows.length === 0) return [];
  const apps = await appsOf(database);
  return rows.flatMap((row): Owned[] => {
    const app = textIn(row, 'app');
    const client = textIn(row, 'client_id') || (apps.get(app)?.values?.client_id ?? app);
    return client === '' ? [] : [{ name: textIn(row, 'name'), owner: `${client} ${textIn(row, 'user_id')}` }];
  });
}
