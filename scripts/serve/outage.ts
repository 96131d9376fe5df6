import { Failure } from '../errors';
import { accessTokenLifetimeMs } from '../xero';
import type { Outlasting } from './fresh';

/**
 * A database that is away takes nothing from who holds something warm: clients and tokens are as they were last known, for
 * as long as an access token lives. A token that was given is good for as long, whoever is removed meanwhile.
 */
export const outlastingOutages: Outlasting = {
  isAway: (error) => error instanceof Failure && error.code === 'store_unreachable',
  forMs: accessTokenLifetimeMs,
};
