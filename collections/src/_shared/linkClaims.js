/**
 * What a link made now says of itself in its state: the environment's name, when it was made and until when it is good, in
 * seconds, and a nonce.
 * @param {Date} now
 * @param {string} nonce
 * @param {number} days
 */
export function linkClaims(now, nonce, days) {
  const made = Math.floor(now.getTime() / 1000);
  return { n: String(pm.environment.name), t: made, u: made + days * 86_400, r: nonce };
}
