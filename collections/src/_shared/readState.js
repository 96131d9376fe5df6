/**
 * What a state made by makeState says, or undefined when it was not signed with this secret.
 * @param {string} state
 * @param {string} secret
 */
function readState(state, secret) {
  const end = state.lastIndexOf('.');
  const signed = state.slice(end + 1) === base64url(hmacSha256(state.slice(0, Math.max(end, 0)), secret));
  return signed ? stateClaims(state) : undefined;
}
