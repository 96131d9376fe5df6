import { Failure } from '../../../errors';
import { valueOf } from '../../environment';
import { readEnvironments, textIn } from '../connections';
import type { Database } from '../database';
import { isPlain, shownIn, textShown } from './shown';

const readAtOnce = 500;

/**
 * Notes what is shown of connections of which nothing is noted: an older version has made them, or somebody has changed
 * them by hand. One that makes no sense is left out. Returns how many were noted.
 */
export async function fillShown(database: Database): Promise<number> {
  let count = 0;
  for (let [after, isWhole] = ['', false]; !isWhole;) {
    const rows = await database.query(
      `select name, version from evergrant.document where shown is null and name > $1 order by name limit ${readAtOnce}`,
      [after],
    );
    const names = rows.map((row) => textIn(row, 'name'));
    const found = await readEnvironments(database, names);
    for (const row of rows) {
      const environment = found.get(textIn(row, 'name'));
      if (environment === undefined || environment instanceof Failure) continue;
      const shown = shownIn(environment);
      const noted = await database.query(
        `with noted as (
          update evergrant.document set shown = $3, user_id = $4 where name = $1 and version = $2 and shown is null returning name
        )
        update evergrant.connection c set is_plain = $5 from noted where c.name = noted.name returning 1 as is_done`,
        [row['name'], row['version'], textShown(shown), valueOf(environment, 'authorised_user_id'), isPlain(shown)],
      );
      count += noted.length;
    }
    after = names.at(-1) ?? '';
    isWhole = rows.length < readAtOnce;
  }
  return count;
}
