import type { Database } from '../database';
import { bindIdentity, readIdentity } from '../identity/identity';
import { listApps, storedApp } from '../apps';
import { putBack } from '../receipts/put-back';
import type { Receipts } from '../receipts/receipts';

/**
 * Makes a restored backup the production database: what this machine's receipts have goes back, then the store's id is
 * bound to it, so that claims go on. Returns the names of the connections that were behind.
 */
export async function settleRestored(database: Database, receipts: Receipts): Promise<readonly string[]> {
  const { all: back } = await putBack(database, receipts);
  await bindIdentity(database, await readIdentity(database));
  return back;
}

/**
 * Makes a database a copy that can spend nothing: no tokens, no secrets, and an id of its own, for which no machine has
 * receipts. The id comes last: cut off before, nothing may be claimed yet. Returns how many connections there are.
 */
export async function settleCopy(database: Database): Promise<number> {
  await database.query(
    `update evergrant.token_set set access_token = '', refresh_token = '',
      access_token_expires_at = null, refresh_token_expires_at = null`,
  );
  await database.query(`update evergrant.document set secrets = '{}', version = version + 1`);
  for (const name of await listApps(database)) await storedApp(database, name).change({ client_secret: '' }, 0);
  const rows = await database.query(
    `update evergrant.connection set grant_status = '', has_tokens = false, spending_since = null, spending_host = null, lease_owner = null,
      lease_since = null, lease_until = null, retry_after = null, access_token_expires_at = null, refresh_token_expires_at = null
    returning aside_of is null as is_own`,
  );
  const { now } = await readIdentity(database);
  await database.query(
    'update evergrant.store set id = gen_random_uuid(), system_identifier = null, database_name = null, timeline = null',
  );
  await bindIdentity(database, { now });
  return rows.filter((row) => row['is_own'] === true).length;
}
