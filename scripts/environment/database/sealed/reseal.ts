import { rawOf } from '../../environment';
import { parseEnvironment } from '../../parse';
import { textResealed, unlessLost } from '../../sealed';
import { readConnection } from '../connections';
import type { Database } from '../database';
import { putDocument } from '../documents';
import { readTokenSets } from '../token-sets';
import { sealsOf } from './seals';

/**
 * Puts all secrets of a leased connection, and of what waits beside it, in the form that the store wants: its document, then
 * every token set. Each is written only if nobody has changed it since; what is cut off is finished by the same call. `was` is
 * the name that they were sealed for, where that is another. Returns how many have changed.
 * @throws Failure `invalid` when this process has no key for it
 */
export async function resealConnection(database: Database, name: string, was?: string): Promise<number> {
  await sealsOf(database).load(true);
  const beside = await database.query('select name from evergrant.connection where aside_of = $1 order by name', [
    name,
  ]);
  let count = 0;
  for (const one of [name, ...beside.map((row) => String(row['name']))]) {
    count += (await resealDocument(database, one, was)) + (await resealTokenSets(database, one, was));
  }
  return count;
}

async function resealDocument(database: Database, name: string, was: string | undefined): Promise<number> {
  for (;;) {
    const { environment, version } = await readConnection(database, name);
    const text = textResealed(environment, was, sealsOf(database).sealing, name);
    if (text === undefined) return 0;
    if (await putDocument(database, name, text, version)) return 1;
    await sealsOf(database).load(true);
  }
}

/** More than a connection ever has. */
const allOfThem = 1_000_000;

async function resealTokenSets(database: Database, name: string, was: string | undefined): Promise<number> {
  const current = await readConnection(database, name);
  let count = 0;
  for (const set of await readTokenSets(database, name, current, -1, allOfThem)) {
    const reseal = (): string | undefined => textResealed(set, was, sealsOf(database).sealing, name);
    const isHeld = rawOf(set, 'generation') === rawOf(current.environment, 'generation');
    const text = isHeld ? reseal() : unlessLost(reseal);
    if (text === undefined) continue;
    const next = parseEnvironment(text, set.name, name);
    const [tokens, before] = [next, set].map((one) => [rawOf(one, 'access_token'), rawOf(one, 'refresh_token')]);
    const rows = await database.query(
      `update evergrant.token_set set access_token = $2, refresh_token = $3
      where name = $1 and access_token = $4 and refresh_token = $5 returning 1 as is_done`,
      [name, ...(tokens ?? []), ...(before ?? [])],
    );
    count += rows.length;
  }
  return count;
}
