import path from 'node:path';
import type { Context } from '../context';
import { appKeys } from '../environment/app-values';
import {
  addAside,
  addKept,
  arrive,
  arriveAgain,
  findArrival,
  finishArrival,
  instantIn,
  knowsToken,
  type Arrival,
  type Kept,
} from '../environment/database/arriving';
import { openedApp, openedText } from '../environment/sealed';
import type { Database } from '../environment/database/database';
import { editEnvironment } from '../environment/edit';
import { has, secretsOf, valueOf, type Changes, type ContractKey, type Environment } from '../environment/environment';
import { parseEnvironment } from '../environment/parse';
import type { KeptBeside } from '../environment/files/moving/kept-beside';
import { generationOf, grantOf, tokenKeys } from '../environment/grant';
import { recordChange } from '../environment/record-change';
import { unusableRow } from '../environment/row-faults';
import type { EnvironmentStore, LockedEnvironment, StoredEnvironment } from '../environment/store';
import { invalid, type Failure } from '../errors';
import { takeUpKept } from '../refresh/candidates';
import { shellQuoted } from '../text/shell';
import { giveUp } from './hand-over';

/** The database that takes files over. */
export interface ImportTarget {
  readonly database: Database;
  readonly store: EnvironmentStore;
}

/** A file to import, and what is kept beside it. */
export interface ImportSource {
  readonly stored: StoredEnvironment;
  /** Read while the file is locked. */
  kept(): KeptBeside;
}

export type Imported = 'imported' | 'already_there';

/** What is found on both sides, before anything is changed. */
interface Found {
  readonly environment: Environment;
  readonly kept: KeptBeside;
  readonly there: 'none' | 'there' | Arrival;
  /** Whether the database has this very connection: one of its tokens, or the same app for one that has none. */
  readonly isSame: boolean;
  /** Whether the connection in the database was handed over from there, and this file may bring it back. */
  readonly isAway: boolean;
}

/**
 * Moves an environment from its file into the database, under the file's lock. In order: what waits is picked up; a copy
 * arrives in the database, where nothing may use it; it is read back; the file is marked as handed over, what it held
 * stays among its kept generations; the copy becomes the connection. At every moment one of the two may be refreshed, or
 * neither, and the same call finishes what was cut off.
 * @throws Failure, having changed nothing
 */
export async function importFile(
  source: ImportSource,
  target: ImportTarget,
  waitMs: number,
  context: Context,
): Promise<Imported> {
  const { stored } = source;
  const locked = await stored.lock(waitMs);
  try {
    const { environment } = await takeUpKept(locked);
    const found = await findBoth(environment, source, target, context);
    const decided = decide(found, target, stored, context.now());
    if (decided === 'finished') return await finish(found, locked, target, context);
    if (decided === 'arrive') await copyOver(found, locked, stored, target, context);
    else await giveUp(stored, locked, context.now(), context);
    return decided === 'arrive' ? 'imported' : 'already_there';
  } finally {
    await locked.release();
  }
}

/**
 * What {@link importFile} would do, after these names with these refresh tokens were imported; nothing is changed but that
 * list. @throws Failure where it would
 */
export async function planImport(
  source: ImportSource,
  target: ImportTarget,
  planned: Map<string, string>,
  context: Context,
): Promise<Imported> {
  const { stored } = source;
  const found = await findBoth(await stored.read(), source, target, context);
  const isHere = found.there === 'there' && !found.isAway;
  decide(found, target, stored, context.now());
  await refuseOtherApp(found.environment, target);
  if (isHere) return 'already_there';
  const token = valueOf(found.environment, 'refresh_token');
  const before = planned.get(stored.name);
  if (before !== undefined && before !== token) throw isOther(stored, 'there', target.database.where);
  planned.set(stored.name, token);
  return before === undefined ? 'imported' : 'already_there';
}

async function findBoth(
  environment: Environment,
  source: ImportSource,
  { database, store }: ImportTarget,
  { console, now }: Context,
): Promise<Found> {
  const { name } = source.stored;
  for (const secret of secretsOf(environment)) console.secrets.add(secret);
  const kept = source.kept();
  const there = await findArrival(database, name);
  if (there === 'none') return { environment, kept, there, isSame: false, isAway: false };
  const held = await store.environment(name).read();
  const isAway = grantOf(held, now()).handedOverAt !== null;
  const isSame = await isSameConnection({ environment, held, there, isAway }, kept, database);
  return { environment, kept, there, isSame, isAway };
}

/**
 * Whether the file and the database have one connection, and the one that is to give way is not ahead: a copy that was
 * cut off has a token of the file's; a connection that is used there knows the token that the file has now.
 */
async function isSameConnection(
  {
    environment,
    held,
    there,
    isAway,
  }: Pick<Found, 'environment' | 'there' | 'isAway'> & { readonly held: Environment },
  kept: KeptBeside,
  database: Database,
): Promise<boolean> {
  const [now, inDatabase] = [valueOf(environment, 'refresh_token'), valueOf(held, 'refresh_token')];
  const all = [now, ...kept.generations.map((one) => valueOf(one, 'refresh_token'))].filter((token) => token !== '');
  if (all.length === 0 && inDatabase === '') return valueOf(environment, 'client_id') === valueOf(held, 'client_id');
  if (typeof there === 'object') return all.includes(inDatabase);
  return await knowsToken(database, environment.name, now === '' || isAway ? all : [now]);
}

/** What is left to do: all of it, or what a run that was cut off has left. @throws Failure `invalid` */
function decide(
  { environment, there, isSame, isAway }: Found,
  { database }: ImportTarget,
  stored: StoredEnvironment,
  now: Date,
): 'arrive' | 'mark' | 'finished' {
  const { handedOverAt } = grantOf(environment, now);
  if (handedOverAt !== null) {
    const isArrived = typeof there === 'object' && there.handedOverAt.getTime() === handedOverAt.getTime();
    if (isArrived || (there === 'there' && isSame && !isAway)) return 'finished';
    throw isElsewhere(stored, handedOverAt, database.where);
  }
  const unusable = unusableRow(environment, stored.where);
  if (unusable !== undefined) throw unusable;
  if (generationOf(environment) > largestGeneration) throw tooMany(stored.where);
  if (there === 'none' || (isSame && (there !== 'there' || isAway))) return 'arrive';
  if (!isSame) throw isOther(stored, there, database.where);
  return 'mark';
}

/** A column of the database takes no larger one; years of refreshing need a few hundred thousand. */
const largestGeneration = 2_000_000_000;

/** Ends what was cut off after the file was marked. */
async function finish(
  { environment, kept, there }: Found,
  locked: LockedEnvironment,
  { database, store }: ImportTarget,
  context: Context,
): Promise<Imported> {
  if (kept.pending !== undefined) await locked.aside.refuse();
  if (typeof there !== 'object') return 'already_there';
  await finishArrival(database, environment.name, there.handedOverAt);
  await recordArrival(store, environment.name, context);
  return 'imported';
}

async function copyOver(
  found: Found,
  locked: LockedEnvironment,
  stored: StoredEnvironment,
  { database, store }: ImportTarget,
  context: Context,
): Promise<void> {
  const { environment, kept, there } = found;
  const { name } = stored;
  const handedOverAt = context.now();
  await refuseOtherApp(environment, { database, store });
  await addApp(environment, store);
  const text = await textFor(environment, found.isAway ? await newestGeneration(name, store) : 0);
  const isTaken =
    there === 'none'
      ? await arrive(database, name, text, handedOverAt)
      : await arriveAgain(database, name, text, { before: there, handedOverAt });
  if (!isTaken) throw isOther(stored, 'there', database.where);
  const attempts = await stored.attempts();
  const all: Kept = { ...kept, retryAfter: kept.postponedUntil, attempts };
  const beside = { ...all, generations: kept.generations.filter((one) => isOlder(one, environment)) };
  const startedAt = grantOf(environment, context.now()).refreshStartedAt;
  const markedForMs = startedAt === null ? undefined : context.now().getTime() - startedAt.getTime();
  await addKept(database, name, beside, markedForMs);
  await addAside(database, name, all);
  await verify(text, store.environment(name));
  await giveUp(stored, locked, handedOverAt, context);
  if (kept.pending !== undefined) await locked.aside.refuse(); // it waits in the database now
  await finishArrival(database, name, handedOverAt);
  await noteTold(stored, store.environment(name));
  await recordArrival(store, name, context);
}

/** Older token sets that have tokens: the mark of a hand-over is none. */
function isOlder(one: Environment, environment: Environment): boolean {
  const generation = generationOf(one);
  return generation < generationOf(environment) && generation >= 0 && has(one, 'refresh_token');
}

/** The text for the database: without what is of the file alone, and with dates that a column takes. */
async function textFor(environment: Environment, newerThan: number): Promise<string> {
  const own: readonly ContractKey[] = ['handed_over_at'];
  const held = (key: ContractKey): boolean => has(environment, key);
  const dates = ['access_token_expires_at', 'refresh_token_expires_at', 'refresh_started_at'] as const;
  const isMarked = held('refresh_started_at');
  const clean: [ContractKey, string][] = dates
    .filter(held)
    .map((key) => [
      key,
      instantIn(environment, key) || (key === 'refresh_started_at' ? new Date(0).toISOString() : ''),
    ]);
  const generation = Math.max(generationOf(environment), newerThan === 0 ? 0 : newerThan + 1);
  const changes: Changes = {
    ...Object.fromEntries(own.filter(held).map((key) => [key, ''])),
    ...Object.fromEntries(clean),
    ...(held('generation') || newerThan > 0 ? { generation: generation === 0 ? '' : String(generation) } : {}),
  };
  const text = openedText(environment, environment.name);
  return isMarked || Object.keys(changes).length > 0 ? editEnvironment(text, changes, environment.name) : text;
}

async function newestGeneration(name: string, store: EnvironmentStore): Promise<number> {
  return generationOf(await store.environment(name).read());
}

/** Reads the copy back and compares every value. @throws Error, for a fault of this program; the file still has everything */
async function verify(text: string, copy: StoredEnvironment): Promise<void> {
  const [wanted, got] = [parseEnvironment(text, copy.name, copy.where), await copy.read()];
  const isMark = (key: string): boolean => key === 'refresh_started_at'; // told in this machine's clock
  const valuesOf = ({ variables }: Environment): string =>
    JSON.stringify(variables.filter(({ key, value }) => !isMark(key) && (value !== '' || !isToken(key))));
  const isMarked = [wanted, got].map((one) => valueOf(one, 'refresh_started_at') !== '');
  if (valuesOf(wanted) === valuesOf(got) && isMarked[0] === isMarked[1]) return;
  throw new Error(`the copy of ${copy.name} in ${copy.where} reads back differently; the file was left as it was`);
}

function isToken(key: string): boolean {
  return (tokenKeys as readonly string[]).includes(key);
}

/** @throws Failure `invalid` where the database has other settings of the app that a file names */
async function refuseOtherApp({ app, name, sealing }: Environment, { database, store }: ImportTarget): Promise<void> {
  if (app?.values === undefined) return;
  const [own, values] = [openedApp(app, sealing?.()) ?? {}, await store.app(app.name).values()];
  if (values === undefined) return;
  const differing = appKeys.filter((key) => (values[key] ?? '') !== (own[key] ?? ''));
  if (differing.length === 0) return;
  const why = `${name} names the app ${app.name}, whose ${differing.join(', ')} in ${database.where} differs from ${app.where}`;
  throw invalid('app_differs', why, `make the two the same: npx evergrant set --app ${app.name}`);
}

async function addApp({ app, sealing }: Environment, store: EnvironmentStore): Promise<void> {
  const values = app && openedApp(app, sealing?.());
  if (app !== undefined && values !== undefined) await store.app(app.name).change(values, 0);
}

/** So that hooks are not told again what they were told. */
async function noteTold(from: StoredEnvironment, to: StoredEnvironment): Promise<void> {
  const last = await from.lastNotified();
  if (last === undefined) return;
  const notified = await to.lockNotified();
  await notified?.note(last);
  await notified?.release();
}

async function recordArrival(store: EnvironmentStore, name: string, context: Context): Promise<void> {
  const stored = store.environment(name);
  await recordChange(stored, 'taken_over', { before: undefined, after: await stored.read() }, context);
}

function isElsewhere({ name, where: file }: StoredEnvironment, at: Date, where: string): Failure {
  const why = `${name} was handed over at ${at.toISOString()}, and not to ${where}`;
  const hint = `to take it back, if nobody else has it: npx evergrant restore ${name}`;
  return invalid('moved', why, amongFiles(hint, file));
}

/** A hint whose commands are about a file, where the store is a database. */
export function amongFiles(hint: string, file: string): string {
  return hint.replaceAll(/(?<=npx evergrant) /g, ` --store '' --environments ${shellQuoted(path.dirname(file))} `);
}

function isOther({ name, where: file }: StoredEnvironment, there: 'there' | Arrival | 'none', where: string): Failure {
  const what =
    typeof there === 'object' ? `an import of ${name} from ${there.host} was cut off in ${where}` : undefined;
  const why = what ?? `${name} is in ${where} already, and not with the tokens of ${file}`;
  const hint =
    what === undefined ? `see it: npx evergrant status ${name}` : 'run it again there: npx evergrant store import DIR';
  return invalid('exists', why, hint);
}

function tooMany(where: string): Failure {
  return invalid('bad_generation', `generation in ${where} is larger than any can be`, 'write a smaller number there');
}
