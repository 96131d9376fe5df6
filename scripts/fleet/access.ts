import { refreshEffects, type Context } from '../context';
import type { AccessOptions } from '../core/access';
import type { Environment } from '../core/environment';
import type { EnvironmentHome } from '../core/home';
import { attemptRefresh } from './attempt';

/** The environment with an access token that is good for long enough, refreshed first if need be. @throws Failure */
export async function withAccess(
  home: EnvironmentHome,
  { minValidityMs, patienceMs, waitMs }: AccessOptions,
  context: Context,
): Promise<Environment> {
  const profile = { kind: 'min_validity', ms: minValidityMs } as const;
  const options = { profile, isForced: false, patienceMs, waitMs };
  return (await attemptRefresh(home, options, refreshEffects(context, patienceMs), context)).environment;
}
