import type { Context } from '../context';
import { findArrival, finishArrival, type Arrival } from '../environment/database/arriving';
import { noConnection } from '../environment/database/connections';
import { recordChange } from '../environment/record-change';
import { invalid } from '../errors';
import type { ImportTarget } from './import-file';

/** The import of this connection that was cut off. @throws Failure `invalid` where there is none */
export async function cutOffImport(name: string, { database }: ImportTarget): Promise<Arrival> {
  const there = await findArrival(database, name);
  if (there === 'none') throw noConnection(name, database.where);
  if (there !== 'there') return there;
  throw invalid(
    'not_arriving',
    `no import of ${name} into ${database.where} was cut off: it is there`,
    `see it: npx evergrant status ${name}`,
  );
}

/** Makes the copy of a connection whose file is lost the connection itself. @throws Failure `invalid` */
export async function finishLost(
  name: string,
  { handedOverAt }: Arrival,
  { database, store }: ImportTarget,
  context: Context,
): Promise<void> {
  await finishArrival(database, name, handedOverAt);
  const stored = store.environment(name);
  await recordChange(stored, 'taken_over', { before: undefined, after: await stored.read() }, context);
}
