import { environmentNamed, storeOf, type Context } from '../context';
import { ownedBy, type Owned } from '../environment/duplicates';
import type { Environment } from '../environment/environment';
import { grantOf } from '../environment/grant';
import { unusableRow } from '../environment/row-faults';
import { isDue, isPostponed, refuseWithoutGrant, type RefreshOptions } from '../refresh/due';
import { leftAlone } from '../refresh/failures';
import { datesOf, failed, type EnvironmentResult } from './result';

/** The results that reading the store gave, and the environments for which a request must be sent. */
export interface Scan {
  readonly settled: readonly EnvironmentResult[];
  /** The names of environments that are due, most urgent first. */
  readonly due: readonly string[];
  readonly owned: readonly Owned[];
}

/** What a scan is for. */
export interface ScanOptions extends RefreshOptions {
  /** Every environment of the store was asked for, and none by its name. */
  readonly isAll: boolean;
}

/** Reads each environment once, sends nothing and keeps no token in memory. A run with nothing due ends here. */
export async function findDue(names: readonly string[], options: ScanOptions, context: Context): Promise<Scan> {
  const settled: EnvironmentResult[] = [];
  const due: { name: string; at: number }[] = [];
  const owned: Owned[] = [];
  for await (const look of storeOf(context).look(names)) {
    const { given } = look;
    try {
      if ('error' in look) throw look.error;
      const { environment, hasRecovery, cutOff } = look;
      if (cutOff !== undefined) throw cutOff.failure;
      owned.push(...ownedBy(environment));
      const at = hasRecovery ? 0 : dueAt(environment, options, context.now());
      if (at !== undefined) due.push({ name: given, at });
      else {
        const dates = datesOf(environment.name, environment, context.now());
        settled.push({ given, result: { ...dates, outcome: 'not_due', error: null } });
      }
    } catch (error) {
      const environment = 'environment' in look ? look.environment : undefined;
      settled.push(judged(await failed(given, error, context), environment, options, context.now()));
    }
  }
  return { settled, due: due.toSorted((a, b) => a.at - b.at).map(({ name }) => name), owned };
}

/**
 * What a failure of the scan comes to. Of a whole folder, nobody has to act for one that was handed over, or that was never
 * connected: who sent its link waits for the customer.
 */
function judged(
  { kind, ...failure }: EnvironmentResult,
  environment: Environment | undefined,
  { isAll }: ScanOptions,
  now: Date,
): EnvironmentResult {
  const { result } = failure;
  const code = result.error?.code;
  if (code === 'moved' && isAll) {
    return { ...failure, result: { ...result, outcome: 'not_due', error: null, detail: 'moved' } };
  }
  if (code !== 'never_connected' || environment === undefined) return { ...failure, kind };
  const { openLink } = require('../status/standing') as typeof import('../status/standing');
  const link = openLink(environment, now);
  const detail = link === undefined ? undefined : 'waiting';
  return { ...failure, result: { ...result, detail }, kind: isAll ? undefined : kind, link };
}

/** How urgent a refresh is, smallest first; undefined if not due. @throws Failure as {@link refuseWithoutGrant} */
function dueAt(environment: Environment, options: RefreshOptions, now: Date): number | undefined {
  const grant = grantOf(environment, now);
  refuseWithoutGrant(environment, grant);
  if (!isDue(grant, options, now)) return undefined;
  return grant.refreshStartedAt === null ? (grant.accessTokenExpiresAt?.getTime() ?? 1) : 0;
}

/** What a run would do, for `--dry-run`. It sends and writes nothing. */
export async function dryRun(
  names: readonly string[],
  options: RefreshOptions,
  context: Context,
): Promise<EnvironmentResult[]> {
  const done: EnvironmentResult[] = [];
  for await (const look of storeOf(context).look(names)) {
    try {
      if ('error' in look) throw look.error;
      if (look.cutOff !== undefined) throw look.cutOff.failure;
      const would = dryRunOne(look.given, look.environment, options, context.now());
      if (would.result.outcome === 'refreshed') await refusePostponed(look.given, look.environment, options, context);
      done.push(would);
    } catch (error) {
      done.push(await failed(look.given, error, context));
    }
  }
  return done;
}

/** @throws Failure `temporary_failure` where a run would ask nobody now */
async function refusePostponed(
  given: string,
  environment: Environment,
  { patienceMs }: RefreshOptions,
  context: Context,
): Promise<void> {
  const until = await environmentNamed(context, given).postponedUntil();
  const now = context.now();
  if (isPostponed(until, grantOf(environment, now), patienceMs, now)) throw leftAlone(environment.name, until, now);
}

function dryRunOne(given: string, environment: Environment, options: RefreshOptions, now: Date): EnvironmentResult {
  const unusable = unusableRow(environment, environment.name);
  if (unusable !== undefined) throw unusable;
  const grant = grantOf(environment, now);
  const needsConsent = grant.knownDead || grant.state === 'never_connected';
  const outcome = !isDue(grant, options, now) ? 'not_due' : needsConsent ? 'consent_needed' : 'refreshed';
  return { given, result: { ...datesOf(environment.name, environment, now), outcome, error: null, dryRun: true } };
}
