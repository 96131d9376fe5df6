import { readLink } from './readLink';
import { setting } from './setting';
import { stateClaims } from './stateClaims';

/**
 * Why the state of a callback cannot be trusted, or '' when it can. It must belong to this environment and be as young as
 * its link says, 60 days at most; clocks may differ by 10 minutes.
 * @param {string} state
 */
export function stateFault(state) {
  const ours = setting('consent_state');
  const isWeb = setting('app_type') === 'web';
  const name = isWeb ? stateClaims(state)?.name : undefined;
  if (isWeb && setting('client_secret').length < 16) {
    return 'client_secret is shorter than 16 characters, too short to check a link: copy the whole secret once more';
  }
  if (name !== undefined && name !== pm.environment.name && state !== ours) {
    return 'callback_url belongs to another environment: choose that one at the top right, and paste it there';
  }
  const link = readLink(state);
  if (!link && !isWeb && ours) {
    return 'callback_url answers another link than the newest of this environment: have that one opened, or send a new Consent link';
  }
  if (!link) return 'callback_url does not come from a link of this environment: send a new Consent link';
  const ageInDays = (Date.now() - link.madeAt.getTime()) / 86_400_000;
  const fresh = Date.now() <= link.goodUntil.getTime() && ageInDays <= 60 && ageInDays >= -10 / 1440;
  return fresh ? '' : 'the link of callback_url is too old, or a clock is wrong: send a new Consent link';
}
