import { has, tenantKeys, valueOf, type Environment } from '../environment/environment';
import { generationOf, grantOf, handedOver, rotatedAt, tokenKeys } from '../environment/grant';
import { isOfItsLink } from '../environment/restore';
import type { LockedEnvironment } from '../environment/store';
import { claimsOf } from '../environment/tenant';
import { timesOf } from '../environment/token-times';
import { gracePeriodMs } from '../xero';

/**
 * The token sets that may still be valid after Xero has refused the one in the file, youngest first. They belong to the
 * same app, user and consent, and have no known successor, or one that came less than 30 minutes ago (Xero's grace
 * period). A token that is known to have been used for longer than that is never sent.
 */
export function candidatesFor(current: Environment, kept: readonly Environment[], now: Date): readonly Environment[] {
  const known = [current, ...kept.filter((one) => isSameConsent(one, current))];
  const sets = known.filter((one) => has(one, 'refresh_token') && mayLive(one, known, now));
  return withoutRepeats(sets.toSorted((a, b) => ageOrder(b) - ageOrder(a)));
}

/** What is locked, with all that is kept for it taken up. */
export interface UpToDate {
  readonly environment: Environment;
  /** Whether something was. */
  readonly isTakenUp: boolean;
}

/**
 * Takes up what waits to be recovered, and the younger token set that is kept where an older copy was put back.
 * @throws Failure where the connection has been handed over since that copy
 */
export async function takeUpKept(locked: LockedEnvironment): Promise<UpToDate> {
  const isRecovered = await locked.pickUpRecovery();
  const environment = await locked.read();
  const younger = await youngerThan(environment, locked);
  if (younger === undefined) return { environment, isTakenUp: isRecovered };
  const ofConsent = ([...tenantKeys, 'connected_at'] as const).filter(
    (key) => !has(environment, key) && has(younger, key),
  );
  await locked.write(Object.fromEntries([...tokenKeys, ...ofConsent].map((key) => [key, valueOf(younger, key)])));
  return { environment: await locked.read(), isTakenUp: true };
}

async function youngerThan(current: Environment, locked: LockedEnvironment): Promise<Environment | undefined> {
  if (valueOf(current, 'app_type') === 'custom_connection') return undefined;
  const newer = await locked.candidates(generationOf(current));
  const grant = newer[0] && grantOf(newer[0], new Date(0));
  if (grant !== undefined && grant.handedOverAt !== null) throw handedOver(current.name, grant); // since that copy
  return newer[0] !== undefined && isOfItsLink(newer[0], current) ? newer[0] : youngerOf(current, newer);
}

/** The newest kept set that is younger than the one in the file, which is then an older copy that was put back. */
function youngerOf(current: Environment, newer: readonly Environment[]): Environment | undefined {
  const younger = newer.filter((one) => isSameConsent(one, current) && ageOrder(one) > ageOrder(current));
  return younger.find((one) => has(one, 'refresh_token'));
}

/** The same app, user and consent, by the claims of the access tokens, or by the rows where a claim is missing. */
function isSameConsent(one: Environment, other: Environment): boolean {
  return identityOf(one, other) === identityOf(other, one);
}

/** Only claims that both access tokens have are compared. */
function identityOf(environment: Environment, other: Environment): string {
  const [claims, others] = [environment, other].map((each) => claimsOf(valueOf(each, 'access_token')));
  const shared = (name: string): unknown => (others?.[name] === undefined ? undefined : claims?.[name]);
  const event = shared('authentication_event_id') ?? valueOf(environment, 'tenant_id');
  const user = shared('xero_userid') ?? valueOf(environment, 'authorised_user_id');
  return JSON.stringify([valueOf(environment, 'client_id'), user, event]);
}

/** The set with the next generation is this one's successor, unless an older set was put back in between. */
function mayLive(one: Environment, known: readonly Environment[], now: Date): boolean {
  const token = valueOf(one, 'refresh_token');
  const sameToken = known.filter((each) => valueOf(each, 'refresh_token') === token);
  const successors = sameToken.flatMap((each) => known.filter((next) => isSuccessor(next, each)));
  return successors.every((next) => {
    const spentAt = rotatedAt(grantOf(next, now));
    return spentAt !== null && now.getTime() - spentAt.getTime() < gracePeriodMs;
  });
}

function isSuccessor(next: Environment, one: Environment): boolean {
  if (generationOf(next) !== generationOf(one) + 1) return false;
  const isOtherToken = valueOf(next, 'refresh_token') !== valueOf(one, 'refresh_token');
  return isOtherToken && ageOrder(next) >= ageOrder(one);
}

/** When the access token was issued, by Xero's own clock; the generation where the token does not say. */
function ageOrder(environment: Environment): number {
  return timesOf(valueOf(environment, 'access_token')).issuedAt?.getTime() ?? generationOf(environment);
}

function withoutRepeats(sets: readonly Environment[]): Environment[] {
  const tokens = sets.map((one) => valueOf(one, 'refresh_token'));
  return sets.filter((_, at) => tokens.indexOf(tokens[at] ?? '') === at);
}
