import { Failure, invalid } from '../errors';
import type { Attempt } from '../history/attempt';
import { formatDuration } from '../text/duration';
import { gracePeriodMs } from '../xero';
import {
  has,
  tenantKeys,
  valueOf,
  valueOrNothing,
  type Changes,
  type ContractKey,
  type Environment,
} from './environment';
import { grantOf, rotatedAt, tokenFingerprint, tokenKeys } from './grant';
import { claimsOf, consentEventOf } from './tenant';

/**
 * Chooses the kept generation to restore: the one asked for, or the newest.
 * @throws Failure `invalid` when it isn't kept
 */
export function chooseGeneration(
  kept: readonly Environment[],
  wanted: number | undefined,
  name: string,
  now: Date,
): Environment {
  const generations = kept.map((one) => grantOf(one, now).generation);
  const chosen = wanted === undefined ? kept[0] : kept[generations.indexOf(wanted)];
  if (chosen !== undefined) return chosen;
  const there = generations.length === 0 ? 'none is kept' : `kept are ${generations.join(', ')}`;
  const what = wanted === undefined ? 'generation' : `generation ${wanted}`;
  throw invalid(
    'not_kept',
    `there is no ${what} of ${name} to restore: ${there}`,
    `make a new consent link: npx evergrant consent ${name}`,
  );
}

/**
 * Refuses a generation that cannot help: its refresh token was already exchanged for a later one of the same consent,
 * and the 30 minutes in which Xero accepts it again are over.
 * @throws Failure `consent_needed`
 */
export function refuseSpent(chosen: Environment, kept: readonly Environment[], name: string, now: Date): void {
  const { generation } = grantOf(chosen, now);
  const successor = kept.findLast(
    (one) => grantOf(one, now).generation > generation && consentOf(one) === consentOf(chosen),
  );
  if (successor === undefined) return;
  const spentAt = rotatedAt(grantOf(successor, now));
  const agoMs = now.getTime() - (spentAt?.getTime() ?? 0);
  if (agoMs < gracePeriodMs) return;
  const why =
    spentAt === null ? 'its refresh token was used since' : `its refresh token was used ${formatDuration(agoMs)} ago`;
  throw new Failure(
    'consent_needed',
    'spent',
    `generation ${generation} of ${name} cannot help: ${why}, and Xero takes a used one for 30 minutes only`,
    `restore the newest: npx evergrant restore ${name}, or make a new consent link: npx evergrant consent ${name}`,
  );
}

/**
 * Refuses a generation that `revoke` has ended since: it ends every token that the app has of its user (RFC 7009).
 * @throws Failure `consent_needed`
 */
export function refuseRevoked(
  chosen: Environment,
  kept: readonly Environment[],
  attempts: readonly Attempt[],
  now: Date,
): void {
  const revoked = attempts.findLast(({ outcome }) => outcome === 'disconnected');
  const grant = grantOf(chosen, now);
  if (revoked === undefined || (rotatedAt(grant)?.getTime() ?? 0) > revoked.at.getTime()) return;
  const ended = kept.find((one) => tokenFingerprint(one) === revoked.before);
  if (ended !== undefined && isOtherUser(ended, chosen)) return;
  const { name } = chosen;
  throw new Failure(
    'consent_needed',
    'revoked',
    `generation ${grant.generation} of ${name} cannot help: it was disconnected at Xero at ${revoked.at.toISOString()}`,
    `make a new consent link: npx evergrant consent ${name}`,
  );
}

function isOtherUser(one: Environment, other: Environment): boolean {
  const [user, otherUser] = [one, other].map(userOf);
  const isOtherApp = valueOf(one, 'client_id') !== valueOf(other, 'client_id');
  return isOtherApp || (user !== '' && otherUser !== '' && user !== otherUser);
}

function userOf(environment: Environment): string {
  const user = claimsOf(valueOrNothing(environment, 'access_token'))['xero_userid'];
  return typeof user === 'string' ? user : valueOf(environment, 'authorised_user_id');
}

/**
 * Whether a kept set is of the consent for which this environment, an older copy without tokens, still waits: it was made by
 * the same link. One whose tokens were taken away, by `revoke` or a move, doesn't wait.
 */
export function isOfItsLink(kept: Environment, waiting: Environment): boolean {
  const isSame = (key: ContractKey): boolean => valueOf(kept, key) === valueOf(waiting, key);
  const isWaiting = !has(waiting, 'access_token') && !has(waiting, 'refresh_token') && !has(waiting, 'handed_over_at');
  const isOfLink = has(kept, 'refresh_token') && has(kept, 'consent_state') && isSame('consent_state');
  return isWaiting && isOfLink && !isDead(waiting) && !isSame('connected_at') && isSame('client_id');
}

function isDead(environment: Environment): boolean {
  return valueOf(environment, 'grant_status') === 'consent_needed';
}

/** The rows of a kept token set, numbered as a generation newer than every other. */
export function tokensToRestore(chosen: Environment, newestGeneration: number): Changes {
  const rows = Object.fromEntries(tokenKeys.map((key) => [key, valueOf(chosen, key)]));
  return { ...rows, generation: String(newestGeneration + 1), refresh_started_at: '' };
}

/**
 * The organisation of a kept token set, by itself or by another set of the same consent: one that was kept before Xero had
 * said it has none. Blank where none of them says it.
 */
export function organisationOf(chosen: Environment, known: readonly Environment[]): Changes {
  const sets = [chosen, ...known.filter((one) => isSameConsent(one, chosen))];
  const told = sets.find((one) => has(one, 'tenant_id')) ?? chosen;
  return Object.fromEntries(tenantKeys.map((key) => [key, valueOf(told, key)]));
}

/** By the tokens themselves, or, where one doesn't say it, by the time of the consent. */
function isSameConsent(one: Environment, other: Environment): boolean {
  const [event, otherEvent] = [one, other].map((each) => consentEventOf(valueOrNothing(each, 'access_token')));
  if (event !== undefined && otherEvent !== undefined) return event === otherEvent;
  return has(one, 'connected_at') && valueOf(one, 'connected_at') === valueOf(other, 'connected_at');
}

/** The id of a consent; every token set refreshed from it has the same one. */
function consentOf(environment: Environment): string {
  return consentEventOf(valueOrNothing(environment, 'access_token')) ?? valueOf(environment, 'tenant_id');
}
