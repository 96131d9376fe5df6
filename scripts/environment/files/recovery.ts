import fs from 'node:fs';
import path from 'node:path';
import { Failure, systemCode } from '../../errors';
import { has, valueOf, valueOrNothing, type Changes, type Environment } from '../environment';
import { parseEnvironment } from '../parse';
import { generationOf, tokenKeys } from '../grant';
import { consentEventOf } from '../tenant';
import { timesOf } from '../token-times';
import { tolerate, writeDurably } from '../disk/atomic-write';
import type { KeptOf } from './generations';
import { makeFolders } from './make-folders';
import { filesIn, hiddenTemporaryIn, type Paths } from './paths';
import { readTrusted } from './trust';

/** Temporary files that killed processes left in the environment's folder; one may hold a complete text. */
function leftovers({ folder }: Paths): readonly string[] {
  const left = filesIn(folder).filter((file) => /^[0-9a-f]{16}\.(tmp|next)$/.test(file));
  return left.map((file) => path.join(folder, file));
}

/** Writes a token set to the first place that takes it. Returns that place; undefined when none takes it. */
export function writeRecovery({ recovery }: Paths, text: string): string | undefined {
  return recovery.find((place) => writtenAt(place, text));
}

/** Writes a text to a place. Returns whether it is there; if not, the caller tries the next place. */
export function writtenAt(place: string, text: string): boolean {
  const folder = path.dirname(place);
  try {
    makeFolders(folder, 0o700);
    writeDurably(place, text, hiddenTemporaryIn(folder));
    return true;
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return false;
  }
}

/** The token sets that wait to be recovered, and the paths to clear afterwards. */
export interface Waiting {
  readonly sets: readonly Environment[];
  readonly paths: readonly string[];
}

/** Looks into every place. One that this user can't read or that another user owns is neither read nor cleared. */
export function waitingIn(paths: Paths, kept: KeptOf): Waiting {
  const found = [...paths.recovery, ...leftovers(paths)].flatMap((place) => readWaiting(place, kept));
  return { sets: found.flatMap(({ set }) => set ?? []), paths: found.map(({ place }) => place) };
}

/** A text that is no token set is what a killed process had preallocated; it is only cleared. */
function readWaiting(place: string, { name, sealing }: KeptOf): { place: string; set?: Environment }[] {
  if (!fs.existsSync(place)) return []; // nearly always so, and cheaper than an error
  const text = readable(place);
  if (text === undefined) return [];
  try {
    return [{ place, set: parseEnvironment(text, name, place, sealing) }];
  } catch (error) {
    if (error instanceof Failure) return [{ place }];
    throw error;
  }
}

function readable(place: string): string | undefined {
  try {
    return readTrusted(place);
  } catch (error) {
    if (error instanceof Failure || systemCode(error) !== undefined) return undefined;
    throw error;
  }
}

/**
 * Whether a set is of a consent whose organisation was not judged: it has that consent's state, and not yet the time of being
 * connected by it. A process that was killed, or a full disk, may have left it among the environment's own.
 */
export function isUnjudged(found: Environment, current: Environment): boolean {
  const isSame = (key: 'consent_state' | 'connected_at'): boolean => valueOf(found, key) === valueOf(current, key);
  return has(found, 'access_token') && !isSame('consent_state') && isSame('connected_at');
}

/**
 * Whether a set is newer than the file's by its number, but of another app or an earlier consent, such as another customer's who
 * had this name: no token of the file's, and still somebody's only copy.
 */
export function isNewerOfOther(found: Environment, current: Environment): boolean {
  return isNewer(found, current) && !mayReplace(found, current);
}

/** The rows of the newest of these token sets that is newer than the file's and may replace it, if there is one. */
export function newestSuccessor(sets: readonly Environment[], current: Environment): Changes | undefined {
  const successors = sets.filter((found) => isSuccessor(found, current));
  const newest = successors.toSorted((a, b) => generationOf(b) - generationOf(a))[0];
  return newest && Object.fromEntries(tokenKeys.map((key) => [key, valueOf(newest, key)]));
}

/** Removes what was recovered, is kept elsewhere by now, or is older than the file's. */
export function clearRecovery({ paths }: Waiting): void {
  for (const place of paths) tolerate(() => fs.rmSync(place, { force: true }));
}

function isSuccessor(found: Environment, current: Environment): boolean {
  return isNewer(found, current) && mayReplace(found, current);
}

function mayReplace(found: Environment, current: Environment): boolean {
  return isSameApp(found, current) && !isOfEarlierConsent(found, current);
}

/** By the access tokens themselves, where both say of which consent they are, and when they were issued. */
function isOfEarlierConsent(found: Environment, current: Environment): boolean {
  const [token, currentToken] = [found, current].map((each) => valueOrNothing(each, 'access_token'));
  const [event, currentEvent] = [token, currentToken].map((each) => consentEventOf(each ?? ''));
  const [issued, currentIssued] = [token, currentToken].map((each) => timesOf(each ?? '').issuedAt?.getTime() ?? 0);
  return (
    event !== undefined &&
    currentEvent !== undefined &&
    event !== currentEvent &&
    Number(issued) < Number(currentIssued)
  );
}

function isNewer(found: Environment, current: Environment): boolean {
  return has(found, 'access_token') && generationOf(found) > generationOf(current);
}

/** A blank client id is taken from elsewhere, and may have been written into the file meanwhile. */
function isSameApp(found: Environment, current: Environment): boolean {
  const [one, other] = [found, current].map((each) => valueOf(each, 'client_id'));
  return one === other || one === '' || other === '';
}
