import { homeOf, type Context } from '../context';
import { ownedBy, type Owned } from '../environment/duplicates';
import { grantOf } from '../environment/grant';
import { isDue, refuseWithoutGrant, type RefreshOptions } from '../refresh/due';
import { datesOf, failed, type Refreshed } from './result';

/** What a look at the files alone has settled, and what is left to ask the server about. */
export interface Scan {
  readonly settled: readonly Refreshed[];
  /** The names of environments that are due, the most pressing first. */
  readonly due: readonly string[];
  readonly owned: readonly Owned[];
}

/** Reads each file once, asks nobody and keeps no token: a tick with nothing due ends here. */
export function scan(names: readonly string[], options: RefreshOptions, context: Context): Scan {
  const settled: Refreshed[] = [];
  const due: { name: string; at: number }[] = [];
  const owned: Owned[] = [];
  for (const name of names) {
    try {
      const home = homeOf(context, name);
      const environment = home.read();
      const grant = grantOf(environment, context.now());
      owned.push(...ownedBy(environment));
      const hasRecovery = home.hasRecovery() || home.hasPending();
      if (!hasRecovery) refuseWithoutGrant(environment, grant);
      if (hasRecovery || isDue(grant, options, context.now())) {
        const isPressing = hasRecovery || grant.refreshStartedAt !== null;
        due.push({ name, at: isPressing ? 0 : (grant.accessTokenExpiresAt?.getTime() ?? 1) });
      } else {
        const dates = datesOf(home.name, environment, context.now());
        settled.push({ given: name, result: { ...dates, outcome: 'not_due', error: null } });
      }
    } catch (error) {
      settled.push(failed(name, error, context));
    }
  }
  return { settled, due: due.toSorted((a, b) => a.at - b.at).map(({ name }) => name), owned };
}
