import os from 'node:os';
import { fingerprint } from '../../text/fingerprint';
import { isSealed } from '../../sealing/envelope';
import { editEnvironment } from '../edit';
import { bindingOf, has, valueOrNothing, tenantKeys, type Changes, type Environment } from '../environment';
import { parseEnvironment } from '../parse';
import { shareOf } from '../../text/share';
import { consentEventOf } from '../tenant';
import { timesOf } from '../token-times';
import { instantIn, newestFirst, sealingOf, textIn, type Connection } from './connections';
import type { Database } from './database';
import { textOf } from './parts';
import { sealsOf } from './sealed/seals';

/** The kept token sets of a connection of generations after this one, newest first. */
export async function readTokenSets(
  database: Database,
  name: string,
  current: Connection,
  after: number,
  most = 10,
): Promise<readonly Environment[]> {
  const sets = await database.query(
    `select * from evergrant.token_set where name = $1 and generation > $2 ${newestFirst} limit ${most}`,
    [name, after],
  );
  const read = (text: string): Environment =>
    parseEnvironment(text, current.environment.name, database.where, sealingOf(database));
  const kept = sets.map((set) => {
    const tokens: Changes = {
      access_token: textIn(set, 'access_token'),
      refresh_token: textIn(set, 'refresh_token'),
      access_token_expires_at: instantIn(set, 'access_token_expires_at'),
      refresh_token_expires_at: instantIn(set, 'refresh_token_expires_at'),
      generation: String(set['generation']),
      refresh_started_at: '',
      grant_status: 'connected',
    };
    return read(textOf({ ...current.parts, tokens }, name));
  });
  const [own] = [current.environment, ...kept].flatMap((one) => eventOf(one) ?? []);
  const isOther = (one: Environment): boolean => ![undefined, own].includes(eventOf(one));
  return kept.map((one) => (isOther(one) ? read(withoutOrganisation(one)) : one));
}

function eventOf(environment: Environment): string | undefined {
  return consentEventOf(valueOrNothing(environment, 'access_token'));
}

/** The organisation in the document is that of the last consent: of which one an earlier consent was isn't known. */
function withoutOrganisation(environment: Environment): string {
  const filled = tenantKeys.filter((key) => has(environment, key));
  const blank = Object.fromEntries(filled.map((key) => [key, '']));
  return editEnvironment(environment.text, blank, environment.name);
}

/** A token set to save: the changes that an answer brought, and the generation whose token was spent for it. */
export interface SetToSave {
  readonly name: string;
  /** When the connection was made that it is for; undefined where that is not known. */
  readonly made?: string | undefined;
  readonly spent: number;
  readonly changes: Changes;
  /** It is kept beside the connection's own in any case, because that one is younger. */
  readonly isBeside?: true | undefined;
}

/**
 * Saves a token set, by one function of the database that may be called again: the set is added if it is not there, and becomes
 * the connection's if nothing has moved that on meanwhile. If something has, the set stays beside the other one.
 * Returns whether it became the connection's, now or before; undefined, having changed nothing, where the name is another
 * connection's by now.
 */
export async function saveTokenSet(database: Database, set: SetToSave): Promise<boolean | undefined> {
  const seals = sealsOf(database);
  await seals.load();
  for (;;) {
    const saved = await trySave(database, set, await sealedTokens(database, set), seals.version);
    if (saved !== 'other ring') return saved === 'current' ? true : saved === 'beside' ? false : undefined;
    await seals.load(true);
  }
}

/** The generation that a set becomes. */
function generationFor({ spent, changes }: SetToSave): number {
  return Math.max(Number(changes.generation), spent + 1);
}

interface TokensToSave {
  readonly access: string;
  /** Null: the one before stays. */
  readonly refresh: string | null;
}

/** The tokens as they are written. A refresh token that stays is sealed anew: it belongs to another generation now. */
async function sealedTokens(database: Database, set: SetToSave): Promise<TokensToSave> {
  const own = set.name.replace(/#.*/, '');
  const { access_token: access = '', refresh_token: given } = set.changes;
  const { sealing } = sealsOf(database);
  if (sealing === undefined) return { access, refresh: given ?? null };
  const kept = given ?? (await refreshTokenOf(database, set, own));
  const put = (key: 'access_token' | 'refresh_token', value: string): string =>
    value === '' || !sealing.seals(own) ? value : sealing.seal(bindingOf(own, key, String(generationFor(set))), value);
  return { access: put('access_token', access), refresh: put('refresh_token', kept) };
}

async function refreshTokenOf(database: Database, { name, spent }: SetToSave, own: string): Promise<string> {
  const [row] = await database.query(
    'select refresh_token from evergrant.token_set where name = $1 and generation = $2 order by issued_at desc, arrived_at desc limit 1',
    [name, spent],
  );
  const text = row === undefined ? '' : textIn(row, 'refresh_token');
  if (!isSealed(text)) return text;
  return sealsOf(database).sealing?.open(bindingOf(own, 'refresh_token', String(spent)), text) ?? text;
}

/** The last two have changed nothing. */
type Saved = 'current' | 'beside' | 'other ring' | 'other connection';

async function trySave(database: Database, set: SetToSave, sealed: TokensToSave, ringVersion: number): Promise<Saved> {
  const { name, made, spent, changes, isBeside } = set;
  const { access_token: access = '', refresh_token: refresh = '' } = changes;
  const [row] = await database.query(
    `select evergrant.save_token_set($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) as is_current
    where $16::timestamptz is null or ${isMadeAt("split_part($1, '#', 1)", '$16')}`,
    [
      name,
      spent,
      generationFor(set),
      fingerprintOf(access, refresh),
      timesOf(access).issuedAt ?? null,
      os.hostname(),
      sealed.access,
      sealed.refresh,
      instantOrNull(changes.access_token_expires_at),
      instantOrNull(changes.refresh_token_expires_at),
      changes.grant_status ?? 'connected',
      (changes.refresh_started_at ?? '') !== '',
      shareOf(access),
      isBeside === true,
      ringVersion,
      made ?? null,
    ],
  );
  if (row === undefined) return 'other connection';
  if (row['is_current'] === null) return 'other ring';
  return row['is_current'] === true ? 'current' : 'beside';
}

/** Whether a connection, or what waits beside it, was made at a time, which programs know to the millisecond. */
export function isMadeAt(name: string, time: string): string {
  const isThen = `date_trunc('milliseconds', m.created_at) = ${time}::timestamptz`;
  return `(exists (select from evergrant.connection m where m.name = ${name} and ${isThen})
    or exists (select from evergrant.connection m where m.aside_of = ${name} and ${isThen}))`;
}

/** An instant for a column. */
export function instantOrNull(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : text;
}

/** What tells a token set from every other of its generation. */
export function fingerprintOf(access: string, refresh: string): string {
  return fingerprint(`${access}\n${refresh}`, 32);
}
