import { environmentNamed, type Context } from '../context';
import { valueOf, type Environment } from '../environment/environment';
import { grantedScopes } from '../environment/granted';
import { grantOf, type Grant } from '../environment/grant';
import type { StoredEnvironment } from '../environment/store';
import { heldName, heldTenantId } from '../environment/tenant';
import { Failure } from '../errors';
import { attemptRefresh } from '../fleet/attempt';
import { adaptiveConcurrency } from '../fleet/concurrency';
import { laneEffects } from '../fleet/lanes';
import { isDue, refuseWithoutGrant } from '../refresh/due';
import { Fresh } from './fresh';
import { outlastingOutages } from './outage';

/** A valid access token of an environment, and what is told with it. */
export interface Access {
  readonly environment: string;
  /** A secret. */
  readonly accessToken: string;
  readonly expiresAt: Date | null;
  /** What the token allows. */
  readonly scopes: readonly string[];
  /** '' when the organisation is not known. */
  readonly tenantId: string;
  readonly tenantName: string;
}

export interface AccessDeskOptions {
  /** How long to go on asking Xero, for one environment. */
  readonly patienceMs: number;
  /** How long to wait for another process that refreshes it. */
  readonly waitMs: number;
}

/** Hands out valid access tokens to any number of askers. */
export interface AccessDesk {
  /** @throws Failure of every kind but `bug` */
  access(name: string, minValidityMs: number): Promise<Access>;
  /** Ends the Newman runs. Call it when nobody asks any more. */
  close(): void;
}

/** How many environments are refreshed at once at most; fewer where Xero answers quickly. */
const mostAtOnce = 256;
/** For this long, Xero is not asked again for an environment for which it did not answer. */
const restMs = 5_000;

/**
 * A token that is good for long enough comes from memory, as long as its environment has not changed since: one look at
 * the file's version, or one query a second. Everything else goes through the one transaction, once for all who ask at the
 * same time; environments share Newman runs. While a database is away, a token that is warm is given all the same.
 */
export function accessDesk(options: AccessDeskOptions, context: Context): AccessDesk {
  const held = new Map<string, Fresh<Held>>();
  const underWay = new Map<string, Promise<Access>>();
  const resting = new Map<string, { readonly failure: Failure; readonly untilMs: number }>();
  const renewer = renewerOf(options, context);
  const freshOf = (name: string): Fresh<Held> => {
    const known = held.get(name);
    if (known !== undefined) return known;
    const stored = environmentNamed(context, name);
    const read = async (): Promise<Held> => heldIn(await stored.read(), context.now());
    return new Fresh(read, stored.version, () => performance.now(), outlastingOutages);
  };
  const lookAt = async (name: string): Promise<Held> => {
    const fresh = freshOf(name);
    held.set(name, fresh);
    try {
      return await fresh.get();
    } catch (error) {
      held.delete(name); // names that are none are not remembered
      throw error;
    }
  };
  const renewed = async (name: string, minValidityMs: number): Promise<Access> => {
    try {
      return await renewer.renew(environmentNamed(context, name), minValidityMs);
    } catch (error) {
      if (error instanceof Failure && error.kind === 'temporary_failure') {
        resting.set(name, { failure: error, untilMs: performance.now() + restMs });
      }
      throw error;
    }
  };
  const renew = (name: string, minValidityMs: number): Promise<Access> => {
    const rest = resting.get(name);
    if (rest !== undefined && performance.now() < rest.untilMs) return Promise.reject(rest.failure);
    resting.delete(name);
    const key = `${name} ${minValidityMs}`;
    const asked = underWay.get(key) ?? renewed(name, minValidityMs).finally(() => underWay.delete(key));
    underWay.set(key, asked);
    return asked;
  };
  return {
    access: (name, minValidityMs) =>
      inTime(name, async () => {
        const one = await lookAt(name);
        return isGoodFor(one, minValidityMs, context.now()) ? one.access : await renew(name, minValidityMs);
      }),
    close: renewer.close,
  };
}

/** An asker waits no longer than this; the refresh goes on, and the next asker has its result. */
const longestWaitMs = 30_000;

async function inTime(name: string, access: () => Promise<Access>): Promise<Access> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    const message = `a new token for ${name} is not there yet`;
    const failure = new Failure('temporary_failure', 'still_asking', message, 'ask again in a few seconds');
    timer = setTimeout(() => reject(failure), longestWaitMs);
  });
  try {
    return await Promise.race([access(), tooLong]);
  } finally {
    clearTimeout(timer);
  }
}

interface Held {
  readonly grant: Grant;
  /** Whether it may be handed out as long as it is not due. */
  readonly isLive: boolean;
  readonly access: Access;
}

function isGoodFor({ grant, isLive }: Held, ms: number, now: Date): boolean {
  return isLive && !isDue(grant, { profile: { kind: 'min_validity', ms }, isForced: false }, now);
}

function heldIn(environment: Environment, now: Date): Held {
  const grant = grantOf(environment, now);
  return {
    grant,
    isLive: grant.hasAccessToken && hasGrant(environment, grant),
    access: accessIn(environment, grant),
  };
}

function hasGrant(environment: Environment, grant: Grant): boolean {
  try {
    refuseWithoutGrant(environment, grant);
    return true;
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}

function accessIn(environment: Environment, { accessTokenExpiresAt }: Grant): Access {
  const configured = valueOf(environment, 'scopes')
    .split(/\s+/)
    .filter((scope) => scope !== '');
  return {
    environment: environment.name,
    accessToken: valueOf(environment, 'access_token'),
    expiresAt: accessTokenExpiresAt,
    scopes: grantedScopes(environment) ?? configured,
    tenantId: heldTenantId(environment) ?? '',
    tenantName: heldName(environment),
  };
}

/** Refreshes by lanes, which load Newman once, and not more at a time than the process can bear. */
function renewerOf(
  { patienceMs, waitMs }: AccessDeskOptions,
  context: Context,
): {
  renew(stored: StoredEnvironment, minValidityMs: number): Promise<Access>;
  close(): void;
} {
  const concurrency = adaptiveConcurrency(mostAtOnce);
  let lanes: ReturnType<typeof laneEffects> | undefined;
  let limit: ReturnType<typeof newLimit> | undefined;
  const renewNow = async (stored: StoredEnvironment, ms: number): Promise<Access> => {
    lanes ??= laneEffects(context, patienceMs);
    const effects = { ...lanes.effects, env: context.env() };
    const options = { profile: { kind: 'min_validity', ms }, isForced: false, patienceMs, waitMs } as const;
    const { environment } = await attemptRefresh(stored, options, effects, context);
    return accessIn(environment, grantOf(environment, context.now()));
  };
  return {
    renew: async (stored, minValidityMs) => {
      const turns = await (limit ??= newLimit(concurrency()));
      const access = turns(() => renewNow(stored, minValidityMs));
      return await access.finally(() => void (turns.concurrency = concurrency()));
    },
    close: () => lanes?.close(),
  };
}

async function newLimit(concurrency: number) {
  const { default: pLimit } = await import('p-limit');
  return pLimit(concurrency);
}
