import os from 'node:os';
import { invalid } from '../../errors';
import { fingerprint } from '../../text/fingerprint';
import { shareOf } from '../../text/share';
import { editEnvironment } from '../edit';
import { valueOf, type Changes } from '../environment';
import { parseEnvironment } from '../parse';
import { textAsKept, sealedChanges } from '../sealed';
import { readConnection, sealingOf } from './connections';
import type { Database, Row } from './database';
import { partsOf } from './parts';
import { ringIsAs, sealsOf } from './sealed/seals';
import { isPlain, shownIn, textShown } from './shown/shown';
import { durably } from './durability';
import { fingerprintOf, instantOrNull } from './token-sets';

const mostTries = 5;

/** Sets rows of the document that are no tokens; another writer's change in between is kept, and this one made on it. */
export async function writeDocument(database: Database, name: string, changes: Changes): Promise<void> {
  if (Object.keys(changes).length === 0) return;
  for (let attempt = 1; attempt <= mostTries; attempt++) {
    const { environment, version } = await readConnection(database, name);
    const sealing = await sealsOf(database).load(attempt > 1);
    const text = editEnvironment(environment.text, sealedChanges(environment, changes, sealing), name);
    if (await putDocument(database, name, text, version)) return;
  }
  throw invalid('contended', `${name} is being changed by others all the time`, 'run again');
}

/** Puts a whole text in the place of a document. Returns false, having changed nothing, when it has changed meanwhile. */
export async function putDocument(database: Database, name: string, text: string, version: number): Promise<boolean> {
  const { body, secrets } = partsOf(text, name, name);
  const [row] = await database.query(
    `with ${durably},
    written as (
      update evergrant.document set body = $3, secrets = $4, shown = $12, user_id = $13, version = version + 1 from durable
      where name = $1 and version = $2 and ${ringIsAs('$14')} returning name
    )
    update evergrant.connection c set (inner_name, app_type, app, tenant_id, tenant_name, kept_state, is_plain)
      = ($5, $6, $7, $8, $9, $10, $11::boolean)
    from written where c.name = written.name returning 1 as is_done`,
    [name, version, body, JSON.stringify(secrets), ...facetsOf(text, name, database), sealsOf(database).version],
  );
  return row !== undefined;
}

/** What columns repeat of a document: seven of its connection, for finding it, and two of its own, for showing it. */
function facetsOf(text: string, name: string, database: Database): (string | boolean)[] {
  const environment = parseEnvironment(text, name.replace(/#.*/, ''), name, sealingOf(database));
  const of = (key: Parameters<typeof valueOf>[1]): string => valueOf(environment, key);
  const state = of('consent_state');
  const kept = state === '' ? '' : fingerprint(state, 64);
  const facets = [environment.innerName, of('app_type'), of('app'), of('tenant_id'), of('tenant_name'), kept];
  const shown = shownIn(environment);
  return [...facets, isPlain(shown), textShown(shown), of('authorised_user_id')];
}

/** The pending or refused environment that a text is, beside another. */
export interface AsideOf {
  readonly of: string;
  readonly kind: 'pending' | 'refused';
}

/**
 * Puts a whole environment in the database, new or in the place of what is there: its tokens become the connection's,
 * whatever generation that had.
 */
export async function putConnection(database: Database, name: string, text: string, aside?: AsideOf): Promise<void> {
  await put(database, { name, text, onConflict: `do update set (${columns}) = (${columnValues})`, aside });
}

/**
 * Adds an environment, leased without end to a `holder` if there is one. Returns false, having changed nothing, when there
 * is one of this name.
 */
export async function addConnection(database: Database, name: string, text: string, holder?: string): Promise<boolean> {
  return await put(database, { name, text, onConflict: 'do nothing', holder });
}

const columns = `inner_name, app_type, app, tenant_id, tenant_name, kept_state, is_plain, generation, grant_status, spending_since,
  access_token_expires_at, refresh_token_expires_at, has_tokens, spread`;
const columnValues = `$6, $7, $8, $9, $10, $11, $12::boolean, $15::int, $16, $17::timestamptz, $18::timestamptz, $19::timestamptz,
  $23 <> '', $24`;

/** A whole environment to put, and what to do where there is one of its name. */
interface Put {
  readonly name: string;
  readonly text: string;
  readonly onConflict: string;
  readonly aside?: AsideOf | undefined;
  readonly holder?: string | undefined;
}

async function put(database: Database, whole: Put): Promise<boolean> {
  const seals = sealsOf(database);
  await seals.load();
  for (;;) {
    const { version } = seals;
    const rows = await tryPut(database, whole);
    if (rows.length > 0) return true;
    await seals.load(true);
    if (seals.version === version) return false; // there is one of this name
  }
}

async function tryPut(database: Database, { name, text, onConflict, aside, holder }: Put): Promise<readonly Row[]> {
  const { sealing, version } = sealsOf(database);
  const environment = parseEnvironment(text, name.replace(/#.*/, ''), name, () => sealing);
  const [access, refresh] = [valueOf(environment, 'access_token'), valueOf(environment, 'refresh_token')];
  const { body, secrets, tokens } = partsOf(textAsKept(environment, sealing, name), name, name);
  const endOf = (end = ''): string | null => instantOrNull(access + refresh === '' ? '' : end); // of no tokens nothing ends
  return await database.query(
    `with ${durably},
    put as (
      insert into evergrant.connection (name, aside_of, aside_kind, lease_owner, lease_since, lease_until, ${columns})
      select $1, $4, $5, $25::text, case when $25 <> '' then now() end, case when $25 <> '' then timestamptz 'infinity' end,
        ${columnValues} from durable where ${ringIsAs('$26')} on conflict (name) ${onConflict} returning name
    ),
    set as (
      insert into evergrant.token_set (name, generation, fingerprint, parent, issued_at, host, access_token, refresh_token,
        access_token_expires_at, refresh_token_expires_at)
      select name, $15, $20, '', clock_timestamp(), $21, $22, $23, $18, $19 from put where $22 <> '' or $23 <> ''
      on conflict (name, generation, fingerprint) do update set issued_at = clock_timestamp()
    )
    insert into evergrant.document (name, body, secrets, shown, user_id) select name, $2, $3, $13, $14 from put
    on conflict (name) do update set body = $2, secrets = $3, shown = $13, user_id = $14,
      version = evergrant.document.version + 1
    returning 1 as is_done`,
    [
      name,
      body,
      JSON.stringify(secrets),
      aside?.of ?? null,
      aside?.kind ?? null,
      ...facetsOf(text, name, database),
      Number(tokens.generation ?? 0),
      tokens.grant_status ?? '',
      instantOrNull(tokens.refresh_started_at),
      endOf(tokens.access_token_expires_at),
      endOf(tokens.refresh_token_expires_at),
      fingerprintOf(access, refresh),
      os.hostname(),
      tokens.access_token ?? '',
      tokens.refresh_token ?? '',
      shareOf(access),
      holder ?? null,
      version,
    ],
  );
}
