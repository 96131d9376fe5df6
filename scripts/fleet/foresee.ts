import { homeOf, type Context } from '../context';
import { grantOf } from '../environment/grant';
import { unusableRow } from '../environment/row-faults';
import { isDue, type RefreshOptions } from '../refresh/due';
import { datesOf, failed, type Refreshed } from './result';

/** What a run would do with an environment, for `--dry-run`: nobody is asked, nothing is written. */
export function foresee(given: string, options: RefreshOptions, context: Context): Refreshed {
  try {
    const home = homeOf(context, given);
    const environment = home.read();
    const unusable = unusableRow(environment, home.name);
    if (unusable !== undefined) throw unusable;
    const grant = grantOf(environment, context.now());
    const needsConsent = grant.knownDead || grant.state === 'never_connected';
    const isWaiting = !isDue(grant, options, context.now());
    const outcome = isWaiting ? 'not_due' : needsConsent ? 'consent_needed' : 'refreshed';
    const dates = datesOf(home.name, environment, context.now());
    return { given, result: { ...dates, outcome, error: null, dryRun: true } };
  } catch (error) {
    return failed(given, error, context);
  }
}
