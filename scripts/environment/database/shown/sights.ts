import { Failure } from '../../../errors';
import type { App } from '../../app-values';
import type { Environment } from '../../environment';
import type { Sight, Unconfirmed } from '../../store';
import { appOf } from '../apps';
import { instantIn, readEnvironments, textIn } from '../connections';
import { cutOffColumns, cutOffIn } from '../cut-off';
import type { Database, Row } from '../database';
import { lastAttemptColumns, lastAttemptIn } from './attempts';
import { environmentShown, type Shown } from './shown';

/** Where sights are of, and what is known beside the rows. */
export interface SightPlace {
  readonly database: Database;
  readonly apps: ReadonlyMap<string, App>;
  /** What waits on this machine. */
  readonly unconfirmed: ReadonlyMap<string, Unconfirmed>;
}

/**
 * Of a connection `c`, its document `d` and last attempt `l`. How long ago a mark was set is the database's to say, as for a
 * connection that is read whole.
 */
export const sightColumns = `
  c.name, c.inner_name, c.app, c.app_type, c.grant_status, c.generation, c.has_tokens, c.spending_host,
  c.access_token_expires_at, c.refresh_token_expires_at, c.lease_until >= now() as is_held, ${cutOffColumns},
  extract(epoch from clock_timestamp() - c.spending_since)::float8 as spending_seconds, d.shown, ${lastAttemptColumns}`;

/** What these rows show, in their order. */
export async function sightsOf(rows: readonly Row[], place: SightPlace): Promise<Sight[]> {
  const unknown = rows.filter(({ shown }) => shown === null).map((row) => textIn(row, 'name'));
  const whole = await readWhole(unknown, place.database);
  return rows.map((row): Sight => {
    const given = textIn(row, 'name');
    const environment = whole.get(given) ?? environmentOf(row, place);
    const lastAttempt = lastAttemptIn(row);
    if (environment instanceof Failure) return { given, error: environment, lastAttempt };
    const isLocked = row['is_held'] === true;
    const unconfirmed = place.unconfirmed.get(given);
    return { given, environment, isLocked, unconfirmed, cutOff: cutOffIn(row), lastAttempt };
  });
}

/** Those of which nothing is noted to be shown; who may not read them is shown what the columns tell. */
async function readWhole(
  names: readonly string[],
  database: Database,
): Promise<ReadonlyMap<string, Environment | Failure>> {
  if (names.length === 0) return new Map();
  try {
    return await readEnvironments(database, names);
  } catch (error) {
    if (error instanceof Failure && ['no_access', 'other_database'].includes(error.code)) return new Map();
    throw error;
  }
}

function environmentOf(row: Row, { apps, database }: SightPlace): Environment {
  const [appType, app] = [textIn(row, 'app_type'), textIn(row, 'app')];
  const hasRefresh = row['has_tokens'] === true;
  const isOwn = appType === 'custom_connection' && row['grant_status'] === 'connected';
  const shown = (row['shown'] ?? { rows: { app_type: appType }, claims: {}, fault: null }) as Shown; // the column is ours
  return environmentShown(
    shown,
    {
      name: textIn(row, 'name'),
      innerName: textIn(row, 'inner_name'),
      tokens: tokensOf(row),
      app: app === '' ? undefined : (apps.get(app) ?? appOf(app, undefined, database.where)),
      startedOn: textIn(row, 'spending_host') || undefined,
    },
    { access: row['access_token_expires_at'] !== null || hasRefresh || isOwn, refresh: hasRefresh },
  );
}

/** The token rows that are no tokens. */
function tokensOf(row: Row): Shown['rows'] {
  const seconds = row['spending_seconds'];
  return {
    access_token_expires_at: instantIn(row, 'access_token_expires_at'),
    refresh_token_expires_at: instantIn(row, 'refresh_token_expires_at'),
    generation: row['generation'] === 0 ? '' : String(row['generation']),
    refresh_started_at: typeof seconds === 'number' ? new Date(Date.now() - seconds * 1000).toISOString() : '',
    grant_status: textIn(row, 'grant_status'),
  };
}
