import type { EnvVariables } from '../../env-names';
import type { Database } from '../database';
import { receiptsOf } from '../database-store';
import { connectionTo, settingsIn } from '../url';
import { factsOf, type StoreFacts } from './facts';
import type { StoreFinding, Way } from './finding';
import { findingsOf } from './findings';

/** A database, the URL that led to it, and this machine's side of it. */
interface CheckedPlace {
  readonly database: Database;
  readonly url: string;
  readonly env: EnvVariables;
  readonly stateFolder: string;
}

/** What about a database, and this way to it, would cost tokens, and what a person should know. @throws Failure */
export async function checkDatabase(
  { database, url, env, stateFolder }: CheckedPlace,
  now: Date,
): Promise<{ readonly facts: StoreFacts; readonly findings: readonly StoreFinding[] }> {
  const facts = await factsOf(database, () => receiptsOf(database, stateFolder));
  return { facts, findings: findingsOf(facts, wayTo(database, url, env), now) };
}

/** The host, port and TLS that the URL leads to; libpq's usual ones where it names none. */
function wayTo({ where }: Database, url: string, env: EnvVariables): Way {
  const { host = '', port = '5432', sslmode = 'prefer' } = settingsIn(connectionTo(url, env).url);
  return { where, host, port: Number(port), sslmode };
}
