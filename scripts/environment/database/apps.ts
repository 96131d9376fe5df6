import { Failure, invalid, quoted } from '../../errors';
import { editApp, parseApp } from '../app';
import type { App, AppKey } from '../app-values';
import { settingIn, type Environment } from '../environment';
import { isName } from '../names';
import type { StoredApp } from '../store';
import { appAsKept, isAppAsKept, openedApp } from '../sealed';
import type { Database } from './database';
import { sealsOf } from './sealed/seals';

/** The app with this text in its row; without values when there is no row. */
export function appOf(name: string, body: unknown, place: string): App {
  const where = `the app ${name} in ${place}`;
  if (typeof body !== 'string') return { name, where };
  try {
    return { name, where, values: parseApp(body, name, where) };
  } catch (error) {
    if (error instanceof Failure) return { name, where, fault: error };
    throw error;
  }
}

export async function listApps(database: Database): Promise<readonly string[]> {
  return (await database.query('select name from evergrant.app order by name')).map(({ name }) => String(name));
}

/** An app, kept in a row. @throws Failure `invalid` for a name that no app may have */
export function storedApp(database: Database, name: string): StoredApp {
  if (!isName(name)) {
    const hint = 'names are small letters, digits, dot, dash and underscore, as in --app books';
    throw invalid('bad_name', `${quoted(name)} is no name for an app`, hint);
  }
  const body = async (): Promise<unknown> => {
    const [row] = await database.query('select body from evergrant.app where name = $1', [name]);
    return row?.['body'];
  };
  return {
    name,
    where: `the app ${name} in ${database.where}`,
    read: async () => appOf(name, await body(), database.where),
    values: async () => openedApp(appOf(name, await body(), database.where), await sealsOf(database).load(true)),
    reseal: (waitMs) => resealApp(database, storedApp(database, name), waitMs),
    change: async (given) => {
      for (;;) {
        const before = await body();
        const text = typeof before === 'string' ? before : '{}';
        const sealing = await sealsOf(database).load(true);
        const raw = { name, where: name, values: parseApp(text, name, name) };
        const known = openedApp(raw, sealing) ?? {};
        const changed = Object.entries(given).filter(([key, value]) => value !== (known[key as AppKey] ?? '')); // our own keys
        const isAll = !isAppAsKept(raw, sealing);
        const written = appAsKept(name, isAll ? { ...known, ...given } : Object.fromEntries(changed), sealing);
        if (
          Object.keys(written).length === 0 ||
          (await put(database, name, before, editApp(text, written, name, name)))
        ) {
          return changed.map(([key]) => key as AppKey);
        }
      }
    },
    facts: async () => ({ isReadableByOthers: false, isTracked: false }),
  };
}

async function resealApp(database: Database, app: StoredApp, waitMs: number): Promise<number> {
  const held = await app.read();
  if (held.values === undefined || isAppAsKept(held, await sealsOf(database).load(true))) return 0;
  await app.change({}, waitMs);
  return 1;
}

/** Notes for all connections of an app that the token endpoint of this one wants to be left alone by its client. */
export async function noteRetryAfter(database: Database, app: string, asker: string, until: Date): Promise<void> {
  await database.query(
    `update evergrant.app set retry_of = $2,
      retry_after = case when retry_of = $2 then greatest(retry_after, $3::timestamptz) else $3::timestamptz end where name = $1`,
    [app, asker, until],
  );
}

/** Who asks whom for an environment's tokens: what is said to one client by one endpoint counts for no other. */
export function askerOf(environment: Environment): string {
  return `${settingIn(environment, 'client_id')} ${settingIn(environment, 'token_url')}`;
}

/** Returns false, having changed nothing, when another process has changed it since it was read. */
async function put(database: Database, name: string, before: unknown, after: string): Promise<boolean> {
  const rows = await database.query(
    `insert into evergrant.app as a (name, body) values ($1, $3)
    on conflict (name) do update set body = $3 where a.body = $2 returning 1 as is_done`,
    [name, before ?? null, after],
  );
  return rows.length > 0;
}
