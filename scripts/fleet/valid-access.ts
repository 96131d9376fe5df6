import { refreshEffects, type Context } from '../context';
import type { Environment } from '../environment/environment';
import type { StoredEnvironment } from '../environment/store';
import type { AccessOptions } from '../refresh/access';
import { attemptRefresh } from './attempt';

/** The environment with an access token that is valid for long enough; refreshed first if necessary. @throws Failure */
export async function withAccess(
  stored: StoredEnvironment,
  { minValidityMs, patienceMs, waitMs }: AccessOptions,
  context: Context,
): Promise<Environment> {
  const profile = { kind: 'min_validity', ms: minValidityMs } as const;
  const options = { profile, isForced: false, patienceMs, waitMs };
  return (await attemptRefresh(stored, options, refreshEffects(context, patienceMs), context)).environment;
}
