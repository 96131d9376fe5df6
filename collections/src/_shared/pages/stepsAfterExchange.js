/**
 * What to do after an exchange.
 * @param {boolean} isKnown whether the organisation is known
 * @param {boolean} lasts
 */
export function stepsAfterExchange(isKnown, lasts) {
  if (!lasts) return ['Add offline_access to scopes in the environment.', 'Send a new Consent link.'];
  const find = 'Send List connections, to find the organisation.';
  const check = 'Send Check access, to see that it works.';
  const keep = 'Send Refresh tokens at least once in 60 days, or hand this environment over to the server that does.';
  return isKnown ? [check, keep] : [find, check, keep];
}
