/**
 * Why the state of a callback cannot be trusted, or '' when it can. It must belong to this environment and be at most 14
 * days old; clocks may differ by 10 minutes.
 * @param {string} state
 */
function stateFault(state) {
  const ours = setting('consent_state');
  const isWeb = setting('app_type') === 'web';
  const kept = state === ours ? new Date(setting('consent_requested_at')) : undefined;
  const madeAt = isWeb ? readState(state, clientSecret())?.madeAt : kept;
  const name = isWeb ? stateClaims(state)?.name : undefined;
  if (name !== undefined && name !== pm.environment.name && state !== ours) {
    return 'callback_url belongs to another environment: choose that one at the top right, and paste it there';
  }
  if (!madeAt && !isWeb && ours) {
    return 'callback_url answers another link than the newest of this environment: have that one opened, or send a new Consent link';
  }
  if (!madeAt) return 'callback_url does not come from a link of this environment: send a new Consent link';
  const ageInDays = (Date.now() - madeAt.getTime()) / 86_400_000;
  const fresh = ageInDays <= 14 && ageInDays >= -10 / 1440;
  return fresh ? '' : 'the link of callback_url is more than 14 days old: send a new Consent link';
}
