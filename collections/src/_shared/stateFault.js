/**
 * Why the state of a callback cannot be trusted, or '' when it can. It must belong to this environment and be at most 14
 * days old; clocks may differ by 10 minutes.
 * @param {string} state
 */
function stateFault(state) {
  const ours = setting('consent_state');
  const read =
    setting('app_type') === 'web'
      ? readState(state, clientSecret())
      : state === ours && { name: '', madeAt: new Date(setting('consent_requested_at')) };
  if (!read) return 'the state in callback_url does not come from a link of this environment: send a new Consent link';
  if (state !== ours && read.name !== pm.environment.name) {
    return 'callback_url belongs to another environment: choose that one at the top right, and paste it there';
  }
  const ageInDays = (Date.now() - read.madeAt.getTime()) / 86_400_000;
  const fresh = ageInDays <= 14 && ageInDays >= -10 / 1440;
  return fresh ? '' : 'the link of callback_url is more than 14 days old: send a new Consent link';
}
