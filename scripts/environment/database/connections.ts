import os from 'node:os';
import { invalid, type Failure } from '../../errors';
import { fingerprint } from '../../text/fingerprint';
import { editEnvironment } from '../edit';
import { parseEnvironment, valueOf, type Changes, type Environment } from '../environment';
import { isName } from '../names';
import { timesOf } from '../token-times';
import { appOf } from './apps';
import type { Database, Row } from './database';
import { partsOf, textOf, type Parts } from './parts';

/** One connection as the database has it. */
export interface Connection {
  readonly environment: Environment;
  readonly parts: Parts;
  /** Grows with each change of the document. */
  readonly version: number;
  readonly generation: number;
}

/** The newest token set of each generation is the one that was issued last, by the access token's own time. */
const newestFirst = 'order by generation desc, issued_at desc, arrived_at desc';

const withTokens = `
  select c.name, c.inner_name, c.grant_status, c.generation, d.version, d.body, d.secrets,
    t.access_token, t.refresh_token, t.access_token_expires_at, t.refresh_token_expires_at,
    extract(epoch from clock_timestamp() - c.spending_since)::float8 as spending_seconds, c.app, a.body as app_body
  from evergrant.connection c
  join evergrant.document d using (name)
  left join evergrant.app a on a.name = c.app
  left join lateral (
    select * from evergrant.token_set s where s.name = c.name and s.generation = c.generation ${newestFirst} limit 1
  ) t on true`;

/** Reads one connection. @throws Failure `invalid` when there is none of this name */
export async function readConnection(database: Database, name: string): Promise<Connection> {
  const [row] = await database.query(`${withTokens} where c.name = $1`, [name]);
  if (row === undefined) throw noConnection(name, database.where);
  return connectionOf(row, database.where);
}

/** Reads many connections, each once; one that is not there is left out. */
export async function readConnections(database: Database, names: readonly string[]): Promise<readonly Connection[]> {
  const rows = await database.query(`${withTokens} where c.name = any($1)`, [names]);
  return rows.map((row) => connectionOf(row, database.where));
}

export function noConnection(name: string, where: string): Failure {
  return invalid(
    'no_environment',
    `there is no environment ${name} in ${where}`,
    `make it: npx evergrant init ${name}`,
  );
}

/** How long ago a mark was set is the database's to say; the time is told in this machine's, whose clock may be off. */
function connectionOf(row: Row, where: string): Connection {
  const seconds = row['spending_seconds'];
  const startedAt = typeof seconds === 'number' ? new Date(Date.now() - seconds * 1000).toISOString() : '';
  const tokens: Changes = {
    access_token: textIn(row, 'access_token'),
    refresh_token: textIn(row, 'refresh_token'),
    access_token_expires_at: instantIn(row, 'access_token_expires_at'),
    refresh_token_expires_at: instantIn(row, 'refresh_token_expires_at'),
    generation: row['generation'] === 0 ? '' : String(row['generation']),
    refresh_started_at: startedAt,
    grant_status: textIn(row, 'grant_status'),
  };
  const name = textIn(row, 'name');
  const parts = { body: textIn(row, 'body'), secrets: row['secrets'] as Parts['secrets'], tokens }; // the column is ours
  const parsed = parseEnvironment(textOf(parts, name), name.replace(/#.*/, ''), where);
  const app = textIn(row, 'app');
  const environment = isName(app) ? { ...parsed, app: appOf(app, row['app_body'], where) } : parsed;
  return { environment, parts, version: Number(row['version']), generation: Number(row['generation']) };
}

function textIn(row: Row, column: string): string {
  const value = row[column];
  return typeof value === 'string' ? value : '';
}

function instantIn(row: Row, column: string): string {
  const value = row[column];
  return value instanceof Date ? value.toISOString() : '';
}

/** The kept token sets of a connection of generations after this one, newest first. */
export async function readTokenSets(
  database: Database,
  name: string,
  current: Connection,
  after: number,
): Promise<readonly Environment[]> {
  const sets = await database.query(
    `select * from evergrant.token_set where name = $1 and generation > $2 ${newestFirst} limit 10`,
    [name, after],
  );
  return sets.map((set) => {
    const tokens: Changes = {
      access_token: textIn(set, 'access_token'),
      refresh_token: textIn(set, 'refresh_token'),
      access_token_expires_at: instantIn(set, 'access_token_expires_at'),
      refresh_token_expires_at: instantIn(set, 'refresh_token_expires_at'),
      generation: String(set['generation']),
      refresh_started_at: '',
      grant_status: 'connected',
    };
    return parseEnvironment(textOf({ ...current.parts, tokens }, name), current.environment.name, database.where);
  });
}

/** Inside a statement: what it commits is on the server's disk before it answers, whatever the role's settings are. */
export const durably = `durable as materialized (select set_config('synchronous_commit', 'on', true))`;

/** A token set to save: the changes that an answer brought, and the generation whose token was spent for it. */
export interface SetToSave {
  readonly name: string;
  readonly spent: number;
  readonly changes: Changes;
}

/**
 * Saves a token set, in one statement that may be sent again: the set is added if it is not there, and becomes the
 * connection's if nothing has moved that on meanwhile. If something has, the set stays beside the other one.
 * Returns whether it became the connection's, now or before.
 */
export async function saveTokenSet(database: Database, { name, spent, changes }: SetToSave): Promise<boolean> {
  const { access_token: access = '', refresh_token: refresh = '', generation } = changes;
  const issuedAt = timesOf(access).issuedAt ?? null;
  const [row] = await database.query(
    `with ${durably},
    added as (
      insert into evergrant.token_set (name, generation, fingerprint, parent, issued_at, host, access_token, refresh_token,
        access_token_expires_at, refresh_token_expires_at)
      select $1, $3, $4, coalesce((select fingerprint from evergrant.token_set p where p.name = $1 and p.generation = $2
          order by issued_at desc, arrived_at desc limit 1), ''),
        coalesce($5, clock_timestamp()), $6, $7, coalesce($8, (select refresh_token from evergrant.token_set p
          where p.name = $1 and p.generation = $2 order by issued_at desc, arrived_at desc limit 1), ''),
        $9, coalesce($10::timestamptz, (select refresh_token_expires_at from evergrant.token_set p
          where p.name = $1 and p.generation = $2 order by issued_at desc, arrived_at desc limit 1))
      from durable
      on conflict do nothing
    ),
    moved as (
      update evergrant.connection set generation = $3, access_token_expires_at = $9,
        refresh_token_expires_at = coalesce($10::timestamptz, refresh_token_expires_at),
        grant_status = $11, spending_since = case when $12 then spending_since end,
        spending_host = case when $12 then spending_host end, changed_at = clock_timestamp()
      where name = $1 and generation = $2 and $2 < $3
      returning 1
    )
    select (exists (select from moved) or exists (select from evergrant.token_set t join evergrant.connection c
      using (name, generation) where t.name = $1 and t.generation = $3 and t.fingerprint = $4)) as is_current`,
    [
      name,
      spent,
      Math.max(Number(generation), spent + 1),
      fingerprintOf(access, refresh),
      issuedAt,
      os.hostname(),
      access,
      changes.refresh_token ?? null,
      instantOrNull(changes.access_token_expires_at),
      instantOrNull(changes.refresh_token_expires_at),
      changes.grant_status ?? 'connected',
      (changes.refresh_started_at ?? '') !== '',
    ],
  );
  return row?.['is_current'] === true;
}

function instantOrNull(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : text;
}

const mostTries = 5;

/** Sets rows of the document that are no tokens; another writer's change in between is kept, and this one made on it. */
export async function writeDocument(database: Database, name: string, changes: Changes): Promise<void> {
  if (Object.keys(changes).length === 0) return;
  for (let attempt = 1; attempt <= mostTries; attempt++) {
    const { environment, version } = await readConnection(database, name);
    const text = editEnvironment(environment.text, changes, name);
    if (await putDocument(database, name, text, version)) return;
  }
  throw invalid('contended', `${name} is being changed by others all the time`, 'run again');
}

/** Puts a whole text in the place of a document. Returns false, having changed nothing, when it has changed meanwhile. */
async function putDocument(database: Database, name: string, text: string, version: number): Promise<boolean> {
  const { body, secrets } = partsOf(text, name, name);
  const [row] = await database.query(
    `with ${durably},
    written as (
      update evergrant.document set body = $3, secrets = $4, version = version + 1 from durable
      where name = $1 and version = $2 returning name
    )
    update evergrant.connection c set (inner_name, app_type, app, tenant_id, tenant_name, kept_state)
      = ($5, $6, $7, $8, $9, $10)
    from written where c.name = written.name returning 1 as is_done`,
    [name, version, body, JSON.stringify(secrets), ...facetsOf(text, name)],
  );
  return row !== undefined;
}

/** What the columns of a connection repeat of its document, for finding it. */
function facetsOf(text: string, name: string): string[] {
  const environment = parseEnvironment(text, name, name);
  const of = (key: Parameters<typeof valueOf>[1]): string => valueOf(environment, key);
  const state = of('consent_state');
  const kept = state === '' ? '' : fingerprint(state, 64);
  return [environment.innerName, of('app_type'), of('app'), of('tenant_id'), of('tenant_name'), kept];
}

/**
 * Puts a whole environment in the database, new or in the place of what is there: its tokens become the connection's,
 * whatever generation that had.
 */
export async function putConnection(
  database: Database,
  name: string,
  text: string,
  aside?: { readonly of: string; readonly kind: 'pending' | 'refused' },
): Promise<void> {
  const { body, secrets, tokens } = partsOf(text, name, name);
  const { access_token: access = '', refresh_token: refresh = '' } = tokens;
  const columns = `inner_name, app_type, app, tenant_id, tenant_name, kept_state, generation, grant_status, spending_since,
    access_token_expires_at, refresh_token_expires_at`;
  await database.query(
    `with ${durably},
    put as (
      insert into evergrant.connection (name, aside_of, aside_kind, ${columns})
      select $1, $4, $5, $6, $7, $8, $9, $10, $11, $12::int, $13, $14::timestamptz, $15::timestamptz, $16::timestamptz
      from durable
      on conflict (name) do update set (${columns}) = ($6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
      returning name
    ),
    set as (
      insert into evergrant.token_set (name, generation, fingerprint, parent, issued_at, host, access_token, refresh_token,
        access_token_expires_at, refresh_token_expires_at)
      select name, $12, $17, '', clock_timestamp(), $18, $19, $20, $15, $16 from put where $19 <> '' or $20 <> ''
      on conflict (name, generation, fingerprint) do update set issued_at = clock_timestamp()
    )
    insert into evergrant.document (name, body, secrets) select name, $2, $3 from put
    on conflict (name) do update set body = $2, secrets = $3, version = evergrant.document.version + 1`,
    [
      name,
      body,
      JSON.stringify(secrets),
      aside?.of ?? null,
      aside?.kind ?? null,
      ...facetsOf(text, name),
      Number(tokens.generation ?? 0),
      tokens.grant_status ?? '',
      instantOrNull(tokens.refresh_started_at),
      instantOrNull(tokens.access_token_expires_at),
      instantOrNull(tokens.refresh_token_expires_at),
      fingerprintOf(access, refresh),
      os.hostname(),
      access,
      refresh,
    ],
  );
}

function fingerprintOf(access: string, refresh: string): string {
  return fingerprint(`${access}\n${refresh}`, 32);
}
