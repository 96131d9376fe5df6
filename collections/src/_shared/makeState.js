/**
 * A state that verifies itself: who asked, when, and a nonce, signed with the client secret (RFC 6749 §10.12).
 * The program that receives the callback needs nothing but the secret to check it: eg1.PAYLOAD.MAC
 * @param {string} name of the environment
 * @param {Date} now
 * @param {string} nonce
 * @param {string} secret
 */
function makeState(name, now, nonce, secret) {
  const payload = base64url(JSON.stringify({ n: name, t: Math.floor(now.getTime() / 1000), r: nonce }));
  return `eg1.${payload}.${base64url(hmacSha256(`eg1.${payload}`, secret))}`;
}
