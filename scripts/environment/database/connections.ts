import { Failure, invalid } from '../../errors';
import { type Changes, type Environment, type SealingOf } from '../environment';
import { parseEnvironment } from '../parse';
import { isName } from '../names';
import { appOf, askerOf } from './apps';
import type { CutOff } from '../store';
import { cutOffColumns, cutOffIn } from './cut-off';
import type { Database, Row } from './database';
import { textOf, type Parts } from './parts';
import { sealsOf } from './sealed/seals';

/** One connection as the database has it. */
export interface Connection {
  readonly environment: Environment;
  /** Undefined for one that is older than the column. */
  readonly createdAt: Date | undefined;
  readonly parts: Parts;
  /** Grows with each change of the document. */
  readonly version: number;
  readonly generation: number;
  /** The newest generation of which there is a token set: greater where an older backup was put back, or an answer came late. */
  readonly newest: number;
  /** When it, or its app, may be asked for again; null for at once. */
  readonly retryAfter: Date | null;
  /** Whether tokens wait beside it to be judged. */
  readonly hasPending: boolean;
  readonly cutOff: CutOff | undefined;
}

/** The newest token set of each generation is the one that was issued last, by the access token's own time. */
export const newestFirst = 'order by generation desc, issued_at desc, arrived_at desc';

const withTokens = `
  select c.name, c.inner_name, c.created_at, c.grant_status, c.generation,
    (select max(generation) from evergrant.token_set n where n.name = c.name) as newest, d.version, d.body, d.secrets,
    t.access_token, t.refresh_token, t.access_token_expires_at, t.refresh_token_expires_at,
    extract(epoch from clock_timestamp() - c.spending_since)::float8 as spending_seconds, c.spending_host, c.app, a.body as app_body,
    c.retry_after, a.retry_after as app_retry_after, a.retry_of,
    ${cutOffColumns},
    exists (select from evergrant.connection p where p.aside_of = c.name and p.aside_kind = 'pending') as has_pending
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
  await loadFor([row], database);
  return connectionOf(row, database);
}

/** Reads many connections, each once; one that is not there is left out. A spoilt one does not stop the others. */
export async function readConnections(
  database: Database,
  names: readonly string[],
): Promise<ReadonlyMap<string, Connection | Failure>> {
  const rows = await database.query(`${withTokens} where c.name = any($1)`, [names]);
  await loadFor(rows, database);
  return new Map(rows.map((row) => [textIn(row, 'name'), connectionOrFailure(row, database)]));
}

/** Reads many environments, as {@link readConnections} does. */
export async function readEnvironments(
  database: Database,
  names: readonly string[],
): Promise<ReadonlyMap<string, Environment | Failure>> {
  const found = await readConnections(database, names);
  return new Map([...found].map(([name, one]) => [name, one instanceof Failure ? one : one.environment]));
}

/** The sealing of a database, as it was last read. */
export function sealingOf(database: Database): SealingOf {
  return () => sealsOf(database).sealing;
}

/** Reads the key ring where a value is sealed, at once where it is with a data key that is not known. */
async function loadFor(rows: readonly Row[], database: Database): Promise<void> {
  const mayBeSealed = rows.map((row) => [row['secrets'], row['access_token'], row['refresh_token'], row['app_body']]);
  const ids = [...JSON.stringify(mayBeSealed).matchAll(/"evergrant:1:([0-9a-f]{8}):/g)].map(([, id]) => id);
  if (ids.length === 0) return;
  const sealing = await sealsOf(database).load();
  const isKnown = (id: string | undefined): boolean => sealing?.ring.keys.some((key) => key.id === id) === true;
  if (!ids.every(isKnown)) await sealsOf(database).load(true);
}

function connectionOrFailure(row: Row, database: Database): Connection | Failure {
  try {
    return connectionOf(row, database);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

export function noConnection(name: string, where: string): Failure {
  return invalid(
    'no_environment',
    `there is no environment ${name} in ${where}`,
    `make it: npx evergrant init ${name}`,
  );
}

/** How long ago a mark was set is the database's to say; the time is told in this machine's, whose clock may be off. */
function connectionOf(row: Row, database: Database): Connection {
  const { where } = database;
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
  const parsed = environmentIn(parts, name, database);
  const app = textIn(row, 'app');
  const startedOn = textIn(row, 'spending_host') || undefined;
  const environment = {
    ...parsed,
    startedOn,
    ...(isName(app) ? { app: appOf(app, row['app_body'], where) } : {}),
  };
  const retryAfter = later(
    row['retry_after'],
    row['retry_of'] === askerOf(environment) ? row['app_retry_after'] : null,
  );
  const [version, generation, newest] = [Number(row['version']), Number(row['generation']), Number(row['newest'])];
  const hasPending = row['has_pending'] === true;
  const createdAt = row['created_at'] instanceof Date ? row['created_at'] : undefined;
  return { environment, createdAt, parts, version, generation, newest, retryAfter, hasPending, cutOff: cutOffIn(row) };
}

function later(...times: readonly unknown[]): Date | null {
  const known = times.filter((time) => time instanceof Date);
  return known.toSorted((a, b) => b.getTime() - a.getTime())[0] ?? null;
}

/** The connection as it is after these tokens have become its own, which leave no mark. @throws Failure `invalid` */
export function withSaved(before: Connection, saved: Changes, database: Database): Connection {
  const generation = Math.max(Number(saved.generation), before.generation + 1);
  const tokens = { ...before.parts.tokens, ...saved, generation: String(generation) };
  const parts = { ...before.parts, tokens };
  const { text, variables } = environmentIn(parts, before.environment.name, database);
  const environment = { ...before.environment, text, variables, startedOn: undefined };
  return { ...before, parts, generation, newest: Math.max(before.newest, generation), environment };
}

/** @throws Failure `invalid` for a document that somebody has spoilt, by hand or by another program */
function environmentIn(parts: Parts, name: string, database: Database): Environment {
  const [own, place] = [name.replace(/#.*/, ''), `${name} in ${database.where}`];
  try {
    return parseEnvironment(textOf(parts, name), own, place, sealingOf(database));
  } catch (error) {
    const { code, message } = reasonOf(error, parts.body, own, place);
    const hint = `put its row of evergrant.document back from a backup, or start anew: npx evergrant remove ${own} --yes`;
    throw invalid(code, message, hint, error);
  }
}

/** What is wrong with a document. @throws the error itself where nothing is */
function reasonOf(error: unknown, body: string, name: string, place: string): Failure {
  try {
    parseEnvironment(body, name, place);
  } catch (reason) {
    if (reason instanceof Failure) return reason;
  }
  if (error instanceof Failure) return error;
  throw error;
}

export function textIn(row: Row, column: string): string {
  const value = row[column];
  return typeof value === 'string' ? value : '';
}

export function instantIn(row: Row, column: string): string {
  const value = row[column];
  return value instanceof Date ? value.toISOString() : '';
}
