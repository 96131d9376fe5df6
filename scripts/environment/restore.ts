import { Failure, invalid } from '../errors';
import { formatDuration } from '../text/duration';
import { gracePeriodMs } from '../xero';
import { tenantKeys, valueOf, type Changes, type Environment } from './environment';
import { grantOf, rotatedAt, tokenKeys } from './grant';
import { claimsOf } from './tenant';

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

/** The rows of a kept token set, numbered as a generation newer than every other. */
export function changesToRestore(chosen: Environment, newestGeneration: number): Changes {
  const rows = [...tokenKeys, ...tenantKeys].map((key): [string, string] => [key, valueOf(chosen, key)]);
  return { ...Object.fromEntries(rows), generation: String(newestGeneration + 1), refresh_started_at: '' };
}

/** The id of a consent; every token set refreshed from it has the same one. */
function consentOf(environment: Environment): unknown {
  return claimsOf(valueOf(environment, 'access_token'))['authentication_event_id'] ?? valueOf(environment, 'tenant_id');
}
